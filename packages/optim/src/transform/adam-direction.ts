/** @file Adam's direction from moments, of terms that may be tensors. */
import { adamDirection } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";

/**
 * `m̂ / (√(v̂ + epsRoot) + eps)` with `m̂ = mean / (1 - meanPower)` and `v̂ = square / (1 - squarePower)`; in one pass
 * where both terms are numbers.
 */
export function directionOf(
  mean: tf.Tensor,
  square: tf.Tensor,
  meanPower: tf.Scalar,
  squarePower: tf.Scalar,
  eps: Hyperparameter,
  epsRoot: Hyperparameter,
): tf.Tensor {
  if (typeof eps === "number" && typeof epsRoot === "number") {
    return adamDirection(mean, square, meanPower, squarePower, { eps, epsRoot });
  }
  const unbiased = tf.div(square, tf.sub(1, squarePower));
  return tf.div(tf.div(mean, tf.sub(1, meanPower)), tf.add(tf.sqrt(tf.add(unbiased, epsRoot)), eps));
}
