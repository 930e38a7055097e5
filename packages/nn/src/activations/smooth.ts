/** @file Smooth activations. */
import { assertTensor } from "../checked-arguments.ts";
import * as tf from "@tensorflow/tfjs-core";

/** `1 / (1 + exp(-x))`. @see jax.nn.sigmoid */
export function sigmoid(x: tf.Tensor): tf.Tensor {
  return tf.sigmoid(x);
}

/** `log(sigmoid(x))`, exact for large `|x|`. @see jax.nn.log_sigmoid */
export function logSigmoid(x: tf.Tensor): tf.Tensor {
  return tf.neg(softplus(tf.neg(x)));
}

/** `log(1 + exp(x))`, exact for large `|x|`; its gradient is the sigmoid, at 0 too. @see jax.nn.softplus */
export function softplus(x: tf.Tensor): tf.Tensor {
  // The formula has kinks at 0 that cancel out: differentiated as it stands, it would have a gradient of 0 there.
  return tf.customGrad((input, save) => {
    // The types do not tell the inputs from the function that saves tensors for the gradient.
    const [value, keep] = [input as tf.Tensor, save as tf.GradSaveFunc];
    keep([value]);
    return {
      value: tf.add(tf.relu(value), tf.log1p(tf.exp(tf.neg(tf.abs(value))))),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.sigmoid(saved!)),
    };
  })(x);
}

/** `x / (1 + |x|)`. @see jax.nn.soft_sign */
export function softSign(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.add(tf.abs(x), 1));
}

/** `x * sigmoid(x)`. @see jax.nn.silu */
export function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}

/** `tanh(x)`. @see jax.nn.tanh */
export function tanh(x: tf.Tensor): tf.Tensor {
  return tf.tanh(x);
}

/**
 * The Gaussian error linear unit, `x * Φ(x)`: by default its approximation
 * `x / 2 * (1 + tanh(√(2/π) * (x + 0.044715 x³)))`, exactly with `approximate: false`.
 *
 * @see jax.nn.gelu; Hendrycks and Gimpel, 2016, https://arxiv.org/abs/1606.08415
 */
export function gelu(
  x: tf.Tensor,
  { approximate = true }: { approximate?: boolean | undefined } = {},
): tf.Tensor {
  const half = tf.mul(x, 0.5);
  if (!approximate) return tf.mul(half, tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const cubic = tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715));
  return tf.mul(half, tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1));
}

/**
 * The gated linear unit: the first half of `axis` (the last unless given) times the sigmoid of the second.
 *
 * @see jax.nn.glu
 */
export function glu(x: tf.Tensor, axis = -1): tf.Tensor {
  assertTensor(x, "glu");
  const [values, gates] = tf.split(x, 2, axis < 0 ? x.rank + axis : axis);
  return tf.mul(values!, tf.sigmoid(gates!));
}
