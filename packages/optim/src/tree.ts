/** @file Trees of tensors: what gradient transformations take, give and remember. */
import { assertFunction, found } from "./checked-arguments.ts";
import type * as tf from "@tensorflow/tfjs-core";
import {
  assertDepth,
  formatPath,
  GraphStructureError,
  InvalidArgumentError,
  type Path,
  setChild,
} from "@nnx-js/nn";

/** A leaf, or arrays and plain objects of leaves at any depth. */
export type TreeOf<Leaf> = Leaf | readonly TreeOf<Leaf>[] | { readonly [key: string]: TreeOf<Leaf> };

/** Tensors in nested plain objects and arrays, or a single tensor. */
export type Tree = TreeOf<tf.Tensor>;

/**
 * The tree of the same structure whose leaves are `fn` of the leaves.
 *
 * ```ts
 * const sum = treeMap((a, b) => tf.add(a, b), params, updates);
 * ```
 *
 * @param rest trees of the same structure as `tree`; their leaves are the further arguments of `fn`
 * @throws GraphStructureError naming the path at which the trees differ
 * @see jax.tree.map
 */
export function treeMap<T extends Tree>(
  fn: (leaf: tf.Tensor, ...others: tf.Tensor[]) => tf.Tensor,
  tree: T,
  ...rest: Tree[]
): T {
  assertFunction(fn, "treeMap", "treeMap((x) => tf.neg(x), tree)");
  // The structure of `tree` is kept, and tensors stay tensors.
  const apply = (path: Path, ...leaves: [tf.Tensor, ...tf.Tensor[]]) => {
    for (const leaf of leaves) assertLeaf(leaf, path, "treeMap");
    return fn(...leaves);
  };
  return mapLeaves(apply, tree, rest) as T;
}

/**
 * As {@link treeMap} for one tree, with the path of each leaf; `fn` may give anything.
 *
 * ```ts
 * const mask = treeMapWithPath((path) => path.at(-1) === "kernel", params);
 * ```
 *
 * @see jax.tree_util.tree_map_with_path
 */
export function treeMapWithPath<R>(fn: (path: Path, leaf: tf.Tensor) => R, tree: Tree): TreeOf<R> {
  assertFunction(fn, "treeMapWithPath", "treeMapWithPath((path, x) => path.length, tree)");
  const apply = (path: Path, leaf: tf.Tensor) => {
    assertLeaf(leaf, path, "treeMapWithPath");
    return fn([...path], leaf);
  };
  return mapLeaves<tf.Tensor, R>(apply, tree, []);
}

/** The leaves of a tree, in the order of {@link treeMap}. @see jax.tree.leaves */
export function treeLeaves(tree: Tree): tf.Tensor[] {
  const leaves: tf.Tensor[] = [];
  const collect = (path: Path, leaf: tf.Tensor) => {
    assertLeaf(leaf, path, "treeLeaves");
    leaves.push(leaf);
  };
  mapLeaves<tf.Tensor, void>(collect, tree, []);
  return leaves;
}

/**
 * As {@link treeMap}, for leaves of any type that is neither an array nor a plain object.
 *
 * @param fn gets a path that is reused for the next leaf: copy it to keep it
 */
export function mapLeaves<L, R, O = L>(
  fn: (path: Path, leaf: L, ...others: O[]) => R,
  tree: TreeOf<L>,
  rest: readonly TreeOf<O>[],
): TreeOf<R> {
  // One path for all, and loops: an optimiser's step maps over the parameters ten times.
  const path: (string | number)[] = [];
  const below = (key: string | number, node: TreeOf<L>, others: TreeOf<O>[]) => {
    path.push(key);
    assertDepth(path, "treeMap");
    const mapped = visit(node, others);
    path.pop();
    return mapped;
  };
  const visit = (node: TreeOf<L>, others: readonly TreeOf<O>[]): TreeOf<R> => {
    if (isArray(node)) {
      const arrays = others.map((other) => {
        if (isArray(other) && other.length === node.length) return other;
        throw mismatch(path, node, other);
      });
      return node.map((child, i) =>
        below(
          i,
          child,
          arrays.map((other) => other[i]!),
        ),
      );
    }
    if (isObject(node)) {
      const keys = Object.keys(node);
      const objects = others.map((other) => {
        const same = isObject(other) && Object.keys(other).length === keys.length;
        if (same && keys.every((key) => Object.hasOwn(other, key))) return other;
        throw mismatch(path, node, other);
      });
      const mapped: Record<string, TreeOf<R>> = {};
      for (const key of keys) {
        const value = below(
          key,
          node[key]!,
          objects.map((other) => other[key]!),
        );
        // An assignment would take this name for the prototype.
        if (key === "__proto__") setChild(mapped, key, value);
        else mapped[key] = value;
      }
      return mapped;
    }
    const leaves = others.map((other) => {
      if (!isArray(other) && !isObject(other)) return other;
      throw mismatch(path, node, other);
    });
    return fn(path, node, ...leaves);
  };
  return visit(tree, rest);
}

/** Callers without types may give anything. */
function assertLeaf(leaf: unknown, path: Path, caller: string): void {
  if (typeof leaf === "object" && leaf !== null && "dataId" in leaf) return;
  throw new InvalidArgumentError(
    `${caller}: expected a tree of tensors, got ${found(leaf)}${path.length > 0 ? ` at ${formatPath(path)}` : ""}.`,
  );
}

function isArray<L>(tree: TreeOf<L>): tree is readonly TreeOf<L>[] {
  return Array.isArray(tree);
}

function isObject<L>(tree: TreeOf<L>): tree is { readonly [key: string]: TreeOf<L> } {
  if (typeof tree !== "object" || tree === null) return false;
  const prototype: unknown = Object.getPrototypeOf(tree);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a tree is a plain object of trees. */
export function isBranch(tree: Tree): tree is { readonly [key: string]: Tree } {
  return isObject(tree);
}

function describe(tree: TreeOf<unknown>): string {
  if (isArray(tree)) return `an array of ${tree.length}`;
  if (isObject(tree)) return `an object with the keys ${Object.keys(tree).join(", ") || "(none)"}`;
  return tree === undefined ? "nothing" : "a single leaf";
}

function mismatch(path: Path, expected: TreeOf<unknown>, found: TreeOf<unknown>): GraphStructureError {
  return new GraphStructureError(
    `treeMap: trees differ at ${formatPath(path)}: expected ${describe(expected)}, got ${describe(found)}. ` +
      `Give the state and params that belong to these updates: state = tx.init(params).`,
  );
}
