/** @file An estimate of a learning rate, which only grows. */
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";

/** The larger of two estimates; the one before where the next is 0 / 0, which nothing was learnt from. */
export function largerEstimate(before: tf.Tensor, next: tf.Tensor, numerator: tf.Tensor): tf.Tensor {
  const isUnknown = tf.logicalAnd(tf.isNaN(next), tf.equal(numerator, 0));
  return tf.maximum(before, tf.where(isUnknown, before, next));
}

/** `√value`, in float32 of a tensor. */
export function squareRoot(value: Hyperparameter): Hyperparameter {
  return typeof value === "number" ? Math.sqrt(value) : tf.sqrt(value);
}
