/** @file Gradients of activation functions, with JAX's values at the kinks. */
import * as tf from "@tensorflow/tfjs-core";
import { expandTo, sumTo } from "./broadcast.ts";
import { float, gradient, select, unary, zeros } from "./gradient.ts";

const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** `exp(x)` for negative `x`, else 1: cannot overflow where it does not count. */
function expOfNegative(x: tf.Tensor): tf.Tensor {
  return tf.exp(tf.minimum(x, 0));
}

/** 1 between the bounds, 1/2 on one, 0 outside: `jnp.clip` is a maximum and a minimum, which halve ties. */
function insideOf(x: tf.Tensor, low: number, high: number): tf.Tensor {
  const [within, strictly] = [tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high)), tf.logicalAnd(tf.greater(x, low), tf.less(x, high))]; // prettier-ignore
  return tf.mul(tf.add(float(within), float(strictly)), 0.5);
}

export const activationGradients: tf.GradConfig[] = [
  unary<tf.ClipByValueAttrs>(tf.ClipByValue, (dy, x, { clipValueMin, clipValueMax }) =>
    tf.mul(dy, insideOf(x, clipValueMin, clipValueMax)),
  ),
  unary(tf.Elu, (dy, x) => tf.mul(dy, expOfNegative(x))),
  // As jax.nn.leaky_relu: 1 at 0.
  unary<tf.LeakyReluAttrs>(tf.LeakyRelu, (dy, x, { alpha }) =>
    select(tf.greaterEqual(x, 0), dy, tf.mul(dy, alpha)),
  ),
  // As flax.nnx.PReLU: 1 at 0.
  gradient(tf.Prelu, ["x", "alpha"], (dy, { x, alpha }) => {
    // Either may have been broadcast to the other.
    const isKept = () => tf.greaterEqual(expandTo(x, dy.shape), 0);
    return {
      x: () => sumTo(select(isKept(), dy, tf.mul(dy, alpha)), x.shape),
      alpha: () => sumTo(select(isKept(), zeros(dy.shape), tf.mul(dy, x)), alpha.shape),
    };
  }),
  // As jax.nn.relu: 0 at 0, and where it is 0 an infinite gradient ends.
  unary(tf.Relu, (dy, x) => select(tf.greater(x, 0), dy, zeros(dy.shape))),
  // As jax.nn.relu6: 1/2 at 0 and at 6.
  unary(tf.Relu6, (dy, x) => tf.mul(dy, insideOf(x, 0, 6))),
  // As jax.nn.selu, whose negative branch holds at 0.
  unary(tf.Selu, (dy, x) => {
    const negative = tf.mul(expOfNegative(x), SELU_SCALE_ALPHA);
    return tf.mul(dy, tf.add(negative, tf.mul(tf.step(x), SELU_SCALE - SELU_SCALE_ALPHA)));
  }),
  unary(tf.Sigmoid, (dy, x) => {
    const y = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
  }),
  unary(tf.Softplus, (dy, x) => tf.mul(dy, tf.sigmoid(x))),
];
