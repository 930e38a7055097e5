/** @file Gradients of exponentials, logarithms, powers and other smooth functions of one input. */
import * as tf from "@tensorflow/tfjs-core";
import { gradient, select, unary } from "./gradient.ts";

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** Each recomputes its derivative from the input, so that second-order gradients are right. */
export const elementwiseGradients: tf.GradConfig[] = [
  // As jnp.abs: 1 at 0.
  unary(tf.Abs, (dy, x) => select(tf.greaterEqual(x, 0), dy, tf.neg(dy))),
  unary(tf.Erf, (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), TWO_OVER_SQRT_PI))),
  unary(tf.Exp, (dy, x) => tf.mul(dy, tf.exp(x))),
  unary(tf.Expm1, (dy, x) => tf.mul(dy, tf.exp(x))),
  unary(tf.Log, (dy, x) => tf.div(dy, x)),
  unary(tf.Log1p, (dy, x) => tf.div(dy, tf.add(x, 1))),
  gradient(tf.Neg, [], (dy) => ({ x: () => tf.neg(dy) })),
  unary(tf.Reciprocal, (dy, x) => tf.neg(tf.div(dy, tf.square(x)))),
  unary(tf.Rsqrt, (dy, x) => tf.mul(dy, tf.mul(tf.div(tf.rsqrt(x), x), -0.5))),
  unary(tf.Sqrt, (dy, x) => tf.mul(dy, tf.mul(tf.rsqrt(x), 0.5))),
  unary(tf.Square, (dy, x) => tf.mul(dy, tf.mul(x, 2))),
];
