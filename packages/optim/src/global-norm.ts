/** @file The length of a tree of tensors, taken as one vector. */
import * as tf from "@tensorflow/tfjs-core";
import { type Tree, treeLeaves } from "./tree.ts";

/** `√(Σ x²)` over all elements of all leaves, float32 `[]`; 0 for an empty tree. @see optax.global_norm */
export function globalNorm(tree: Tree): tf.Scalar {
  const sums = treeLeaves(tree).map((leaf) => tf.sum<tf.Scalar>(tf.square(leaf)));
  if (sums.length === 0) return tf.scalar(0);
  return tf.sqrt(sums.reduce((total, sum) => tf.add(total, sum)));
}
