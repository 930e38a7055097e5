/** @file Activations that work along an axis. */
import * as tf from "@tensorflow/tfjs-core";

/** `exp(x) / sum(exp(x))` along `axis`, the last unless given. @see jax.nn.softmax */
export function softmax(x: tf.Tensor, axis = -1): tf.Tensor {
  const last = x.rank - 1;
  const index = axis < 0 ? x.rank + axis : axis;
  if (index === last) return tf.softmax(x);
  const shifted = tf.exp(tf.sub(x, tf.max(x, index, true)));
  return tf.div(shifted, tf.sum(shifted, index, true));
}

/** `log(softmax(x))` along `axis`, the last unless given, without overflow. @see jax.nn.log_softmax */
export function logSoftmax(x: tf.Tensor, axis = -1): tf.Tensor {
  const index = axis < 0 ? x.rank + axis : axis;
  if (index === x.rank - 1) return tf.logSoftmax(x);
  return tf.sub(x, tf.logSumExp(x, index, true));
}

/** `log(sum(exp(x)))` over `axis` (all unless given), without overflow. @see jax.nn.logsumexp */
export function logsumexp(
  x: tf.Tensor,
  { axis, keepDims = false }: { axis?: number | number[] | undefined; keepDims?: boolean | undefined } = {},
): tf.Tensor {
  return tf.logSumExp(x, axis, keepDims);
}

/**
 * `x` moved and scaled to mean 0 and variance 1 along `axis`, the last unless given; `epsilon`, 1e-5 unless given,
 * is added to the variance.
 *
 * @see jax.nn.standardize
 */
export function standardize(
  x: tf.Tensor,
  { axis = -1, epsilon = 1e-5 }: { axis?: number | number[] | undefined; epsilon?: number | undefined } = {},
): tf.Tensor {
  const axes = [axis].flat().map((index) => (index < 0 ? x.rank + index : index));
  const mean = tf.mean(x, axes, true);
  const variance = tf.sub(tf.mean(tf.square(x), axes, true), tf.square(mean));
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

/**
 * Vectors of `numClasses` with a 1 at each of `indices` (int32, any shape) and 0 elsewhere; float32. An index out
 * of range gives zeros.
 *
 * @see jax.nn.one_hot
 */
export function oneHot(indices: tf.Tensor, numClasses: number): tf.Tensor {
  return tf.cast(tf.oneHot(indices, numClasses), "float32");
}
