/** @file Activations that are exponential below 0. */
import * as tf from "@tensorflow/tfjs-core";

/** `x` above 0, else `alpha * (exp(x) - 1)`; alpha is 1 unless given. @see jax.nn.elu */
export function elu(x: tf.Tensor, alpha = 1): tf.Tensor {
  const positive = tf.greater(x, 0);
  // exp never sees large values, so that no gradient becomes infinite times 0.
  const negative = tf.expm1(tf.where(positive, tf.zerosLike(x), x));
  return tf.where(positive, x, alpha === 1 ? negative : tf.mul(negative, alpha));
}

/** `max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)`; alpha is 1 unless given. @see jax.nn.celu */
export function celu(x: tf.Tensor, alpha = 1): tf.Tensor {
  if (alpha === 1) return elu(x);
  const positive = tf.greater(x, 0);
  const negative = tf.expm1(tf.div(tf.where(positive, tf.zerosLike(x), x), alpha));
  return tf.where(positive, x, tf.mul(negative, alpha));
}

/** `1.0507 * elu(x, 1.6733)`. @see jax.nn.selu; Klambauer et al., 2017, https://arxiv.org/abs/1706.02515 */
export function selu(x: tf.Tensor): tf.Tensor {
  return tf.mul(elu(x, 1.6732632423543772), 1.0507009873554805);
}
