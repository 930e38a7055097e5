/** @file Piecewise linear activations. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** `max(x, 0)`; the gradient at 0 is 0. @see jax.nn.relu */
export function relu(x: tf.Tensor): tf.Tensor {
  return tf.relu(x);
}

/** `min(max(x, 0), 6)`. @see jax.nn.relu6 */
export function relu6(x: tf.Tensor): tf.Tensor {
  // The kernel of tf.relu6 makes 0 of NaN on wasm and webgpu, which would hide that training has diverged.
  return tf.minimum(tf.maximum(x, 0), 6);
}

/** `x` where it is at least 0, else `negativeSlope * x`; the slope is 0.01 unless given. @see jax.nn.leaky_relu */
export function leakyRelu(x: tf.Tensor, negativeSlope = 0.01): tf.Tensor {
  return tf.where(tf.greaterEqual(x, 0), x, tf.mul(x, negativeSlope));
}

/** `x` cut off at -1 and 1, where its gradient is still 1. @see jax.nn.hard_tanh */
export function hardTanh(x: tf.Tensor): tf.Tensor {
  const above = tf.where(tf.less(x, -1), full(x.shape, -1), x);
  return tf.where(tf.greater(x, 1), full(x.shape, 1), above);
}

/** `relu6(x + 3) / 6`. @see jax.nn.hard_sigmoid */
export function hardSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.div(relu6(tf.add(x, 3)), 6);
}

/** `x * hardSigmoid(x)`. @see jax.nn.hard_silu */
export function hardSilu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, hardSigmoid(x));
}

/** `x`. @see jax.nn.identity */
export function identity(x: tf.Tensor): tf.Tensor {
  return x;
}
