/** @file The length of a tree of tensors, taken as one vector. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { found } from "./checked-arguments.ts";
import { type Tree, treeLeaves } from "./tree.ts";

/** The length of a vector as a product: `scale * length`, where the product alone may be too large for float32. */
export interface ScaledNorm {
  /** The largest element; 1 where that is 0, infinite or NaN. */
  readonly scale: tf.Scalar;
  /** The length of the vector divided by `scale`. */
  readonly length: tf.Scalar;
}

/**
 * `√(Σ x²)` over all elements of all leaves, float32 `[]`; 0 for an empty tree. It overflows only where the result
 * does: the elements are scaled before they are squared. The gradient at 0 is 0.
 *
 * @see optax.global_norm
 */
export function globalNorm(tree: Tree): tf.Scalar {
  const { scale, length } = scaledNorm(tree);
  return tf.mul(length, scale);
}

/** {@link globalNorm} as a product. */
export function scaledNorm(tree: Tree): ScaledNorm {
  const leaves = treeLeaves(tree).filter((leaf) => sizeOf(leaf) > 0);
  if (leaves.length === 0) return { scale: tf.scalar(1), length: tf.scalar(0) };
  const scale = stopGradient(scaleOf(leaves));
  const sums = leaves.map((leaf) => tf.sum<tf.Scalar>(tf.square(tf.div(leaf, scale))));
  const total = sums.reduce((sum, next) => tf.add(sum, next));
  // The root of 0 has no gradient.
  const isZero = tf.equal(total, 0);
  const root = tf.sqrt<tf.Scalar>(tf.where(isZero, tf.scalar(1), total));
  return { scale, length: tf.where(isZero, tf.scalar(0), root) };
}

function sizeOf(leaf: unknown): number {
  if (leaf instanceof tf.Tensor) return leaf.size;
  throw new InvalidArgumentError(
    `globalNorm: expected tensors in arrays and plain objects, got ${found(leaf)}. Of gradients: ` +
      "globalNorm(toPureDict(grads)).",
  );
}

function scaleOf(leaves: readonly tf.Tensor[]): tf.Scalar {
  const largest = leaves
    .map((leaf) => tf.max<tf.Scalar>(tf.abs(leaf)))
    .reduce((max, next) => tf.maximum(max, next));
  const isUsable = tf.logicalAnd(tf.greater(largest, 0), tf.lessEqual(largest, LARGEST));
  return tf.where(isUsable, largest, tf.scalar(1));
}

/** The largest float32. */
const LARGEST = 3.4028234663852886e38;
