/** @file `pop`: takes Variables out of a node. */
import { GraphStructureError, MissingArgumentError } from "../errors.ts";
import { childrenOf, isIndexed, isParent, type Parent, removeChildren } from "./children.ts";
import { POPPED } from "./coverage.ts";
import type { Filter } from "./filters.ts";
import { flatten } from "./graphdef.ts";
import { type LeafOf, oneOrAll, selectStates, type StatesOf } from "./group.ts";
import { iterGraph } from "./iterate.ts";
import { formatPath, type Key, type Path } from "./kinds.ts";
import { assertNode } from "./node-argument.ts";
import type { State } from "./state.ts";

/** Children to be taken out of one parent. */
type Removal = readonly [path: Path, parent: Parent, keys: readonly Key[]];

/**
 * Takes what the filters select out of `node`, in place, and answers it: one State for each filter, the first that
 * selects a leaf gets it. The attributes are deleted. What is shared is in the States once, under its first path, and
 * is taken out of every place (Flax leaves it at the others). The Variables belong to the caller now; `update(node,
 * state)` puts copies back.
 *
 * ```ts
 * const caches = pop(model, Cache);
 * ```
 *
 * @throws MissingArgumentError without a filter; GraphStructureError, before anything is taken out, when the node
 *   itself is selected, an array would be left with a hole, or something is frozen
 * @see flax.nnx.pop
 */
export function pop<const F extends Filter>(node: unknown, filter: F): State<LeafOf<F>>;
export function pop<F extends readonly [Filter, Filter, ...Filter[]]>(
  node: unknown,
  ...filters: F
): StatesOf<F>;
export function pop(node: unknown, ...filters: Filter[]): State | State[] {
  if (filters.length === 0) {
    throw new MissingArgumentError(
      "pop: expected at least one filter. Say what to take out: pop(model, Intermediate).",
    );
  }
  assertNode(node, "pop");
  const states = selectStates(flatten(node)[1], filters, POPPED);
  const removals = removalsOf(
    node,
    new Set(states.flatMap((state) => state.entries.map(([, leaf]) => leaf))),
  );
  for (const [, parent, keys] of removals) removeChildren(parent, keys);
  return oneOrAll(states);
}

function removalsOf(root: unknown, leaves: ReadonlySet<unknown>): Removal[] {
  if (leaves.has(root)) {
    throw new GraphStructureError(
      "pop: the filter selects the node itself, which is in nothing to be taken out of. Give the model that holds it.",
    );
  }
  const removals: Removal[] = [];
  for (const [path, parent] of iterGraph(root)) {
    if (!isParent(parent)) continue;
    const children = childrenOf(parent);
    const keys = children.filter(([, child]) => leaves.has(child)).map(([key]) => key);
    if (keys.length === 0) continue;
    const remaining = children.filter(([, child]) => !leaves.has(child)).map(([key]) => key);
    const after = remaining.find(
      (key) => isIndexed(parent) && typeof key === "number" && key > Number(keys[0]),
    );
    if (after !== undefined) {
      throw new GraphStructureError(
        `pop: ${formatPath([...path, keys[0]!])} is followed by ${formatPath([...path, after])}, whose index would ` +
          `change. Keep Variables that come and go in attributes or in a Map, or select the rest as well.`,
      );
    }
    const fixed = keys.find((key) => Object.getOwnPropertyDescriptor(parent, key)?.configurable === false);
    if (fixed !== undefined) {
      throw new GraphStructureError(
        `pop: ${formatPath([...path, fixed])} cannot be taken out of what is frozen, such as the state of an ` +
          `optimizer. Read it by state(node, filter).`,
      );
    }
    removals.push([path, parent, keys]);
  }
  return removals;
}
