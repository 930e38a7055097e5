/** @file Gradients of cumulative sums and products along an axis. */
import * as tf from "@tensorflow/tfjs-core";
import { float, gradient } from "./gradient.ts";

export const cumulativeGradients: tf.GradConfig[] = [
  gradient<"x", tf.CumprodAttrs>(tf.Cumprod, ["x"], (dy, { x }, { axis, exclusive, reverse }) => ({
    x: () => {
      const [along = 0] = tf.util.parseAxisParam(axis, x.shape);
      if (!reverse) return cumprodGradient(dy, float(x), along, exclusive);
      const flipped = cumprodGradient(tf.reverse(dy, along), tf.reverse(float(x), along), along, exclusive);
      return tf.reverse(flipped, along);
    },
  })),
  gradient<never, tf.CumsumAttrs>(tf.Cumsum, [], (dy, _, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy, axis, exclusive, !reverse),
  })),
];

/**
 * `dx[j] = (product of x before j) * s[j]`, where `s[j] = dy[j] + x[j + 1] * s[j + 1]` sums what comes after.
 *
 * An exclusive product reaches its own next element first: `s[j] = dy[j + 1] + x[j + 1] * s[j + 1]`.
 * Nothing is divided by `x`, so zeros are right. The recurrence runs in log2(n) steps: after each,
 * `s[j]` covers twice as many terms, and `rest[j]` is the factor of the first term not yet covered.
 */
function cumprodGradient(dy: tf.Tensor, x: tf.Tensor, axis: number, exclusive: boolean): tf.Tensor {
  const size = x.shape[axis] ?? 1;
  let sum = exclusive ? shifted(dy, axis, 1) : dy;
  let rest = shifted(x, axis, 1);
  for (let step = 1; step < size; step *= 2) {
    sum = tf.add(sum, tf.mul(rest, shifted(sum, axis, step)));
    if (2 * step < size) rest = tf.mul(rest, shifted(rest, axis, step));
  }
  return tf.mul(tf.cumprod(x, axis, true), sum);
}

/** Element `i` is element `i + by` of `x` along the axis, 0 past its end. */
function shifted(x: tf.Tensor, axis: number, by: number): tf.Tensor {
  const begin = x.shape.map((_, i) => (i === axis ? by : 0));
  const size = x.shape.map((length, i) => (i === axis ? length - by : length));
  return tf.pad(
    tf.slice(x, begin, size),
    begin.map((n) => [0, n] as [number, number]),
  );
}
