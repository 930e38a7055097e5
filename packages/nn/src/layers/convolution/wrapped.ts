/** @file Lays a tensor that is longer than its period around a circle. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * Adds up what lies a whole number of periods apart along each spatial axis:
 * `[batch, ...spatial, channels]` → `[batch, ...periods, channels]`.
 *
 * @param starts where on the circle the tensor begins, along each axis; any whole numbers
 */
export function wrapped(y: tf.Tensor, periods: readonly number[], starts: readonly number[]): tf.Tensor {
  return periods.reduce((partly, period, i) => wrappedAxis(partly, period, starts[i]!, i + 1), y);
}

function wrappedAxis(y: tf.Tensor, period: number, start: number, axis: number): tf.Tensor {
  const size = y.shape[axis]!;
  const low = ((start % period) + period) % period;
  const turns = Math.ceil((low + size) / period);
  const high = turns * period - low - size;
  const [lead, rest] = [y.shape.slice(0, axis), y.shape.slice(axis + 1)];
  const [before, after] = [tf.util.sizeFromShape(lead), tf.util.sizeFromShape(rest)];
  const rows = tf.reshape(y, [before, size, after]);
  const padded = low + high === 0 ? rows : tf.pad(rows, [[0, 0], [low, high], [0, 0]]); // prettier-ignore
  const summed = tf.sum(tf.reshape(padded, [before, turns, period, after]), 1);
  return tf.reshape(summed, [...lead, period, ...rest]);
}
