/** @file What stands at the ends of trees of arguments and results, and what of other trees stands in the same places. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { iterVariables } from "../../graph/iterate.ts";
import { formatPath, isPytree, isVariable, type Key, type Path } from "../../graph/kinds.ts";
import { State, type StateLeaf } from "../../graph/state.ts";

/** One leaf of a tree: which tensors of the flat list are its own. A class, so that trees of leaves can be walked. */
export class Leaf {
  readonly original: unknown;
  /** Where each tensor stands below the leaf, and what holds it: a Variable, or itself. */
  readonly parts: readonly (readonly [path: Path, holder: StateLeaf])[];
  /** The index of the first of them. */
  readonly start: number;

  constructor(original: unknown, parts: Leaf["parts"], start: number) {
    this.original = original;
    this.parts = parts;
    this.start = start;
  }
}

/** Whether derivatives of `value` are a State. */
export function isDifferentiated(value: unknown): boolean {
  return value instanceof State || isPytree(value) || isVariable(value);
}

/** The tensors of a leaf; of Modules in results nothing is differentiated. */
export function partsOf(value: unknown, isResult: boolean): Leaf["parts"] {
  if (value instanceof tf.Tensor) return [[[], value]];
  if (value instanceof State) return value.entries;
  if (isResult || !isDifferentiated(value)) return [];
  return iterVariables(value).filter(([, { dtype, isFrozen }]) => dtype === "float32" && !isFrozen);
}

/** The entries of what stands for a State, which may be a Module. */
export function entriesOf(value: unknown, place: string): readonly (readonly [Path, StateLeaf])[] {
  if (value instanceof State) return value.entries;
  if (isPytree(value) || isVariable(value)) return iterVariables(value);
  throw new InvalidArgumentError(`${place}: expected a State, found ${describe(value)}.`);
}

/** Two trees that have to be of one form, as errors call them. */
export interface MatchTexts {
  /** The one that is looked at: `jvp: tangents`. */
  readonly what: string;
  /** Why it has to be so: `as in what is differentiated`. */
  readonly as: string;
}

/**
 * Calls `each` for each leaf, with what stands in its place in `tree`: undefined where `tree` has nothing there.
 *
 * @throws InvalidArgumentError where `tree` has other containers
 */
export function matchLeaves(
  leaves: unknown,
  tree: unknown,
  texts: MatchTexts,
  each: (leaf: Leaf, value: unknown, path: Path) => void,
  path: Path = [],
): void {
  if (leaves instanceof Leaf) {
    each(leaves, tree, path);
    return;
  }
  const expected = childrenOf(leaves)!;
  const found = tree === undefined || tree === null ? new Map<Key, unknown>() : childrenOf(tree);
  const isArray = Array.isArray(leaves);
  const isSame =
    found &&
    [...found.keys()].every((key) => expected.has(key)) &&
    (!isArray || !tree || (Array.isArray(tree) && found.size === expected.size));
  if (!isSame) {
    throw new InvalidArgumentError(
      `${placeIn(texts.what, path)}: expected ${describe(leaves)} ${texts.as}, found ${describe(tree)}.`,
    );
  }
  for (const [key, child] of expected) matchLeaves(child, found.get(key), texts, each, [...path, key]);
}

/** Calls `visit` for each leaf. */
export function visitLeaves(leaves: unknown, visit: (leaf: Leaf, path: Path) => void, path: Path = []): void {
  if (leaves instanceof Leaf) visit(leaves, path);
  else for (const [key, child] of childrenOf(leaves)!) visitLeaves(child, visit, [...path, key]);
}

/** `what`, and where in it. */
export function placeIn(what: string, path: Path): string {
  return path.length === 0 ? what : `${what} at ${formatPath(path)}`;
}

function childrenOf(value: unknown): Map<Key, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.entries());
  if (value instanceof Map) return value as Map<Key, unknown>;
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined;
  return new Map(Object.entries(value));
}

/** Names what a tree holds, for errors. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof tf.Tensor)
    return `${value.dtype === "int32" ? "an" : "a"} ${value.dtype} tensor [${value.shape.join(", ")}]`;
  const children = childrenOf(value);
  if (children) return `{ ${[...children.keys()].join(", ")} }`;
  if (typeof value !== "object" || value === null) return String(value);
  return `a ${(value.constructor as { name?: string } | undefined)?.name ?? "plain object"}`;
}
