/** @file Gradients of elementwise kernels of two inputs, which broadcast, and of AddN and Select. */
import * as tf from "@tensorflow/tfjs-core";
import { passTo, sumTo } from "./broadcast.ts";
import { float, gradient, listGradient, select, viewOf, zeros } from "./gradient.ts";
import { zeroGradient } from "./symbolic-zeros.ts";

/** How the gradient of an output of broadcast shape becomes that of an input, before broadcasting is undone. */
type Partial = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

function binary(kernelName: string, toA: Partial, toB: Partial): tf.GradConfig {
  return gradient(kernelName, ["a", "b"], (dy, { a, b }) => ({
    a: () => sumTo(toA(dy, a, b), a.shape),
    b: () => sumTo(toB(dy, a, b), b.shape),
  }));
}

/** 1 where `a > b`, 1/2 where they are equal, else 0, as `jnp.maximum`; comparisons, since infinities have no difference. */
function shareOfGreater(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(float(tf.greater(a, b)), float(tf.greaterEqual(a, b))), 0.5);
}

/** `log(base)` where it is finite, else 0: a base of 0 or less has no derivative with respect to the exponent. */
function guardedLog(base: tf.Tensor): tf.Tensor {
  return tf.log(select(tf.greater(base, 0), float(base), tf.onesLike(float(base))));
}

/** `d(base ** exponent) / d base`; 0 for an exponent of 0 at every base, where `0 * base ** -1` would be NaN at 0. */
function powerSlope(base: tf.Tensor, exponent: tf.Tensor): tf.Tensor {
  const lower = tf.add(tf.sub(exponent, 1), float(tf.equal(exponent, 0)));
  return tf.mul(exponent, tf.pow(base, lower));
}

export const binaryGradients: tf.GradConfig[] = [
  gradient(tf.Add, ["a", "b"], (dy, { a, b }) => ({
    a: () => passTo(dy, a.shape),
    b: () => passTo(dy, b.shape),
  })),
  listGradient(tf.AddN, (dy, inputs) => inputs.map(() => () => viewOf(dy))),
  binary(
    tf.Atan2,
    (dy, a, b) => tf.mul(dy, tf.div(b, tf.add(tf.square(a), tf.square(b)))),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, tf.add(tf.square(a), tf.square(b))))),
  ),
  binary(
    tf.Maximum,
    (dy, a, b) => tf.mul(dy, shareOfGreater(a, b)),
    (dy, a, b) => tf.mul(dy, shareOfGreater(b, a)),
  ),
  binary(
    tf.Minimum,
    (dy, a, b) => tf.mul(dy, shareOfGreater(b, a)),
    (dy, a, b) => tf.mul(dy, shareOfGreater(a, b)),
  ),
  gradient(tf.Mod, ["a", "b"], (dy, { a, b }) => ({
    a: () => passTo(dy, a.shape),
    b: () => sumTo(tf.neg(tf.mul(dy, tf.floor(tf.div(float(a), float(b))))), b.shape),
  })),
  binary(
    tf.Multiply,
    (dy, _, b) => tf.mul(dy, b),
    (dy, a) => tf.mul(dy, a),
  ),
  binary(
    tf.Pow,
    (dy, a, b) => tf.mul(dy, powerSlope(a, b)),
    // Differs from JAX, which gives NaN for a negative base.
    (dy, a, b) => tf.mul(dy, tf.mul(tf.pow(a, b), guardedLog(a))),
  ),
  gradient(tf.RealDiv, ["a", "b"], (dy, { a, b }) => ({
    a: () => sumTo(tf.div(dy, b), a.shape),
    // Summed before it is divided, and divided twice since b * b can overflow.
    b: () => tf.neg(tf.div(tf.div(sumTo(tf.mul(dy, a), b.shape), b), b)),
  })),
  gradient(tf.Select, ["condition"], (dy, { condition }) => ({
    condition: zeroGradient,
    t: () => select(condition, dy, zeros(dy.shape)),
    e: () => select(condition, zeros(dy.shape), dy),
  })),
  binary(
    tf.SquaredDifference,
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  ),
  gradient(tf.Sub, ["a", "b"], (dy, { a, b }) => ({
    a: () => passTo(dy, a.shape),
    b: () => tf.neg(sumTo(dy, b.shape)),
  })),
];
