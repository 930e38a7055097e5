/** @file Running means of gradients and of their squares. */
import { integerPower } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type Tree, treeMap } from "../tree.ts";

/** `(1 - decay) * updates + decay * mean`. @see optax.tree.update_moment */
export function updateMoment<T extends Tree>(updates: T, mean: Tree, decay: number): T {
  const [keep, rest] = [tf.scalar(decay), tf.scalar(1 - decay)];
  return treeMap((update, old) => tf.add(tf.mul(update, rest), tf.mul(old, keep)), updates, mean);
}

/** `(1 - decay) * updates² + decay * mean`. @see optax.tree.update_moment_per_elem_norm */
export function updateSquareMoment<T extends Tree>(updates: T, mean: Tree, decay: number): T {
  return updateMoment(
    treeMap((update) => tf.square(update), updates),
    mean,
    decay,
  );
}

/**
 * `1 - decay**count` in float32, the share of a running mean of `count` values that does not come from its zero
 * start. The power is our own kernel: that of WebGPU and WebGL would be wrong in the fourth digit.
 *
 * @see optax.tree.bias_correction
 */
export function biasCorrection(decay: number, count: tf.Tensor): tf.Scalar {
  return tf.sub(1, integerPower(decay, count));
}
