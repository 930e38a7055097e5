/** @file Trees to begin with. */
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import { type Tree, treeMap } from "../tree.ts";

/** Zeros in the shapes of `tree`. @see optax.tree.zeros_like */
export function zerosLike<T extends Tree>(tree: T): T {
  return treeMap((leaf) => tf.zerosLike(leaf), tree);
}

/** `value` in the shapes of `tree`. @see optax.tree.full_like */
export function fullLike<T extends Tree>(tree: T, value: Hyperparameter): T {
  if (typeof value === "number") return treeMap((leaf) => tf.fill(leaf.shape, value), tree);
  return treeMap((leaf) => tf.mul(tf.onesLike(leaf), value), tree);
}
