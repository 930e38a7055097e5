/** @file Lays a tensor that is longer than its period around a circle. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * Adds up what lies a whole number of periods apart along each spatial axis:
 * `[batch, ...spatial, channels]` → `[batch, ...periods, channels]`. The tensor stands in the middle of the circle.
 *
 * @param odd where the middle is not a whole number, which side gets more of the gap
 */
export function wrapped(y: tf.Tensor, periods: readonly number[], odd: "low" | "high"): tf.Tensor {
  return periods.reduce((partly, period, i) => wrappedAxis(partly, period, i + 1, odd), y);
}

function wrappedAxis(y: tf.Tensor, period: number, axis: number, odd: "low" | "high"): tf.Tensor {
  const size = y.shape[axis]!;
  // An even number of periods to add, so that the beginning of the period stays where it is.
  const gap = (((period - size) % (2 * period)) + 2 * period) % (2 * period);
  const [less, more] = [Math.floor(gap / 2), Math.ceil(gap / 2)];
  const [lead, rest] = [y.shape.slice(0, axis), y.shape.slice(axis + 1)];
  const [before, after] = [tf.util.sizeFromShape(lead), tf.util.sizeFromShape(rest)];
  const rows = tf.reshape(y, [before, size, after]);
  const padded = gap === 0 ? rows : tf.pad(rows, [[0, 0], odd === "low" ? [more, less] : [less, more], [0, 0]]); // prettier-ignore
  const turns = (size + gap) / period;
  const summed = tf.sum(tf.reshape(padded, [before, turns, period, after]), 1);
  return tf.reshape(summed, [...lead, period, ...rest]);
}
