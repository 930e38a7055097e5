/** @file Activations that work along an axis. */
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type Axis, axesOf } from "../axes.ts";

/**
 * `exp(x) / sum(exp(x))` along `axis`, the last unless given.
 *
 * @throws InvalidArgumentError for an axis that `x` does not have
 * @see jax.nn.softmax
 */
export function softmax(x: tf.Tensor, axis: Axis = -1): tf.Tensor {
  const axes = axesOf(axis, x.rank, "softmax");
  if (isLast(axes, x)) return tf.softmax(x);
  const shifted = tf.exp(tf.sub(x, stopGradient(tf.max(x, axes, true))));
  return tf.div(shifted, tf.sum(shifted, axes, true));
}

/**
 * `log(softmax(x))` along `axis`, the last unless given, without overflow.
 *
 * @throws InvalidArgumentError for an axis that `x` does not have
 * @see jax.nn.log_softmax
 */
export function logSoftmax(x: tf.Tensor, axis: Axis = -1): tf.Tensor {
  const axes = axesOf(axis, x.rank, "logSoftmax");
  if (isLast(axes, x)) return tf.logSoftmax(x);
  const shifted = tf.sub(x, stopGradient(tf.max(x, axes, true)));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axes, true)));
}

/**
 * `log(sum(exp(x)))` over `axis` (all unless given), without overflow; of infinities it is the largest.
 *
 * @see jax.nn.logsumexp
 */
export function logsumexp(
  x: tf.Tensor,
  { axis = null, keepDims = false }: { axis?: Axis | undefined; keepDims?: boolean | undefined } = {},
): tf.Tensor {
  const axes = axesOf(axis, x.rank, "logsumexp");
  const largest = stopGradient(tf.max(x, axes, true));
  // An infinity less itself would be NaN: tf.logSumExp makes that mistake.
  const shift = tf.where(tf.less(tf.abs(largest), Infinity), largest, tf.zerosLike(largest));
  const total = tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, shift)), axes, true)), shift);
  return keepDims ? total : tf.squeeze(total, axes);
}

/** Options of {@link standardize}. */
export interface StandardizeOptions {
  /** Default -1. */
  axis?: Axis | undefined;
  /** Of a shape that broadcasts to that of `x`. Default: the mean along `axis`. */
  mean?: tf.Tensor | undefined;
  /** Of a shape that broadcasts to that of `x`. Default: `mean(x²) - mean²` along `axis`. */
  variance?: tf.Tensor | undefined;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
}

/** `x` moved and scaled to mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon)`. @see jax.nn.standardize */
export function standardize(
  x: tf.Tensor,
  { axis = -1, mean, variance, epsilon = 1e-5 }: StandardizeOptions = {},
): tf.Tensor {
  const axes = axesOf(axis, x.rank, "standardize");
  const center = mean ?? tf.mean(x, axes, true);
  const spread = variance ?? tf.sub(tf.mean(tf.square(x), axes, true), tf.square(center));
  return tf.mul(tf.sub(x, center), tf.rsqrt(tf.add(spread, epsilon)));
}

/**
 * Vectors of `numClasses` with a 1 at each of `indices` (int32, any shape) and 0 elsewhere; float32. An index out
 * of range gives zeros. The vectors are along `axis` of the result, the last unless given.
 *
 * @see jax.nn.one_hot
 */
export function oneHot(
  indices: tf.Tensor,
  numClasses: number,
  { axis = -1 }: { axis?: number | undefined } = {},
): tf.Tensor {
  const vectors = tf.cast(tf.oneHot(indices, numClasses), "float32");
  const place = axis < 0 ? vectors.rank + axis : axis;
  if (place === vectors.rank - 1) return vectors;
  const order = indices.shape.map((_, i) => i);
  return tf.transpose(vectors, [...order.slice(0, place), indices.rank, ...order.slice(place)]);
}

function isLast(axes: readonly number[], x: tf.Tensor): boolean {
  return axes.length === 1 && axes[0] === x.rank - 1;
}
