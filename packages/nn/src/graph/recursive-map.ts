/** @file `recursiveMap`: a copy of a model with parts of it replaced. */
import { classNameOf } from "../class-name.ts";
import { InvalidArgumentError } from "../errors.ts";
import { assertFunction } from "../function-argument.ts";
import { childOf, childrenOf, type Parent, setChild } from "./children.ts";
import { clone } from "./copy.ts";
import { formatPath, type Key, kindOf, type Path } from "./kinds.ts";

/** A child that points back at a node which is still being worked on. */
type BackEdge = readonly [parent: Parent, key: Key];

/**
 * A copy of `node`, sharing its Variables, in which everything is what `f` makes of it.
 *
 * `f(path, node)` is called on nodes, containers, Variables, tensors and static attributes: children before their
 * parents, keys sorted, the root last with path `[]`. What it returns takes the place of what it got; return `node`
 * itself to keep it. A replacement is not looked into again, so it may contain what it replaces. What can be reached
 * by several paths is visited once, under the first, and its replacement is shared in the same way; references back
 * to a node that is being worked on (cycles) point at its replacement in the end.
 *
 * ```ts
 * const noisy = recursiveMap((path, node) => (node instanceof Linear ? new Noisy(node) : node), model);
 * ```
 *
 * Nodes and containers that `f` gets are copies and may be changed; Variables are the original's own. A new Variable
 * takes the old one's place in the result only (Flax writes its value into the original).
 *
 * The result has the type of `node`; give the type parameter `R` where `f` changes that.
 *
 * @throws InvalidArgumentError when `f` returns `undefined` for anything but a static attribute
 * @throws UncopyableNodeError for a module with `#private` members or arrow-function methods
 * @see flax.nnx.recursive_map
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows what `f` makes of the root
export function recursiveMap<T extends object, R = T>(f: (path: Path, node: unknown) => unknown, node: T): R {
  assertFunction(f, "recursiveMap", "recursiveMap((path, node) => node, model)");
  const replacements = new Map<unknown, unknown>();
  const backEdges = new Map<unknown, BackEdge[]>();

  function replace(path: Path, value: unknown): unknown {
    const replacement = f(path, value);
    if (replacement === undefined && kindOf(value) !== "static") throw nothingReturned(path, value);
    return replacement;
  }

  function visit(value: unknown, path: Path): unknown {
    const kind = kindOf(value);
    if (kind === "static" || kind === "tensor") return replace(path, value);
    if (replacements.has(value)) return replacements.get(value);
    if (kind === "pytree" || kind === "container") visitChildren(value as Parent, path);
    const replacement = replace(path, value);
    replacements.set(value, replacement);
    for (const [parent, key] of backEdges.get(value) ?? []) {
      // `f` may have put something else there.
      if (childOf(parent, key) === value) setChild(parent, key, replacement);
    }
    return replacement;
  }

  function visitChildren(parent: Parent, path: Path): void {
    const waiting: BackEdge[] = [];
    backEdges.set(parent, waiting);
    for (const [key, child] of childrenOf(parent)) {
      if (backEdges.has(child) && !replacements.has(child)) backEdges.get(child)!.push([parent, key]);
      else {
        const replacement = visit(child, [...path, key]);
        if (replacement !== child) setChild(parent, key, replacement);
      }
    }
  }

  // What `f` makes of the root is known to the caller alone.
  return visit(clone(node, { variables: false }), []) as R;
}

function nothingReturned(path: Path, value: unknown): InvalidArgumentError {
  const name = classNameOf(value as object);
  return new InvalidArgumentError(
    `recursiveMap: the function returned undefined for ${formatPath(path)} (${name}). Return what takes its place; ` +
      `to keep it, end the function with \`return node;\`.`,
  );
}
