/** @file Which parameters a transformation concerns. */
import { formatPath, GraphStructureError, type Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { leafAt } from "../nest.ts";
import { mapLeaves, type Tree, treeMapWithPath, type TreeOf } from "../tree.ts";

/** Booleans shaped as the parameters; one boolean may stand for a whole subtree. */
export type MaskTree = TreeOf<boolean>;

/** A tree of booleans, or a function from the parameters to one. @see optax.masked */
export type Mask = MaskTree | ((params: Tree) => MaskTree);

/** A mask that stays as it is now. */
export function frozenMask(mask: Mask): Mask {
  return typeof mask === "function" ? mask : frozenTree(mask);
}

function frozenTree(mask: MaskTree): MaskTree {
  if (typeof mask !== "object" || mask === null) return mask;
  if (Array.isArray(mask)) return Object.freeze((mask as readonly MaskTree[]).map(frozenTree));
  const entries = Object.entries(mask as Readonly<Record<string, MaskTree>>);
  return Object.freeze(Object.fromEntries(entries.map(([name, child]) => [name, frozenTree(child)])));
}

/**
 * Whether `mask` selects the parameter at `path`.
 *
 * @throws GraphStructureError when the mask says nothing about it
 */
export function isSelected(mask: MaskTree, path: Path): boolean {
  let node: unknown = mask;
  for (const key of path) {
    if (typeof node !== "object" || node === null) break;
    node = Object.hasOwn(node, key) ? (node as Record<string | number, unknown>)[key] : undefined;
  }
  if (typeof node === "boolean") return node;
  throw new GraphStructureError(
    `mask: expected true or false for ${formatPath(path)}, got ${node === undefined ? "nothing" : typeof node}. ` +
      `Make the mask from the parameters: mask: (params) => treeMapWithPath((path) => path.at(-1) === "kernel", params).`,
  );
}

/** What stands in place of a parameter that a transformation does not concern: no tensor. @see optax.MaskedNode */
const MASKED: Tree = Object.freeze({});

/** `tree` with {@link MASKED} in place of every leaf that `mask` does not select. */
export function masking(tree: Tree, mask: MaskTree): Tree {
  // A leaf becomes itself or an empty branch: the result is a tree of tensors.
  return mapLeaves<tf.Tensor, Tree>((path, leaf) => (isSelected(mask, path) ? leaf : MASKED), tree, []);
}

/** The leaves of `inner` where `mask` selects them, those of `outer` elsewhere. */
export function unmasking<T extends Tree>(outer: T, inner: Tree, mask: MaskTree): T {
  const chosen = (path: Path, leaf: tf.Tensor) => (isSelected(mask, path) ? leafAt(inner, path) : leaf);
  // The structure of `outer` is kept, and tensors stay tensors.
  return mapLeaves<tf.Tensor, tf.Tensor>(chosen, outer, []) as T;
}

/**
 * The mask that weight decay usually has: all but biases, scales of norms, and whatever has less than two dimensions.
 *
 * Biases and scales are told by the ends of their names, because those of attention have two dimensions.
 *
 * ```ts
 * const tx = adamw(1e-3, { weightDecay: 0.1, mask: decayMask });
 * ```
 */
export function decayMask(params: Tree): MaskTree {
  return treeMapWithPath((path, { rank }) => {
    const name = path.filter((key) => !/^\d+$/.test(String(key))).at(-1);
    return rank > 1 && !/(bias|scales?)$/i.test(String(name ?? ""));
  }, params);
}
