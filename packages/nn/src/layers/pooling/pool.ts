/** @file Pooling by any function. */
import * as tf from "@tensorflow/tfjs-core";
import { overWindows, padWith, type PoolOptions, type Windows } from "./windows.ts";

/** Joins two tensors of one shape element by element, such as `tf.add`; the order must not matter. */
export type ReduceFn = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/**
 * Reduces each window of `x` to one element by `reduceFn`: `[..., ...spatial, features]` →
 * `[..., ...windows, features]`, with as many spatial axes as `window` has, and any number of batch axes.
 *
 * ```ts
 * pool(tf.ones([1, 4, 4, 3]), 0, tf.add, [2, 2], { strides: [2, 2] }); // [1, 2, 2, 3], all 4
 * ```
 *
 * @param init what `reduceFn` leaves every number as it is with; the padding is made of it
 * @param reduceFn must be associative and commutative: axes are reduced one after the other
 * @throws InvalidArgumentError, ShapeMismatchError
 * @see flax.nnx.pool
 */
export function pool(
  x: tf.Tensor,
  init: number,
  reduceFn: ReduceFn,
  window: readonly number[],
  options: PoolOptions = {},
): tf.Tensor {
  return overWindows(x, window, options, (windows) => reduceWindows(windows, init, reduceFn));
}

/** The same for arguments that are checked. */
export function reduceWindows(
  { x, window, strides, pads }: Windows,
  init: number,
  reduceFn: ReduceFn,
): tf.Tensor {
  const padded = padWith(x, pads, init);
  return window.reduce((partly, size, i) => reduceAxis(partly, i + 1, size, strides[i]!, reduceFn), padded);
}

function reduceAxis(x: tf.Tensor, axis: number, size: number, stride: number, reduceFn: ReduceFn): tf.Tensor {
  const length = x.shape[axis]!;
  const [lead, rest] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const [before, after] = [tf.util.sizeFromShape(lead), tf.util.sizeFromShape(rest)];
  const rows = tf.reshape(x, [before, length, after]);
  const windows = Math.floor((length - size) / stride) + 1;
  const taps = Array.from({ length: size }, (_, offset) => {
    const end = offset + (windows - 1) * stride + 1;
    if (stride === 1) return tf.slice(rows, [0, offset, 0], [-1, windows, -1]);
    return tf.stridedSlice(rows, [0, offset, 0], [before, end, after], [1, stride, 1]);
  });
  return tf.reshape(taps.reduce(reduceFn), [...lead, windows, ...rest]);
}
