/** @file Maximum and minimum pooling. */
import * as tf from "@tensorflow/tfjs-core";
import { reduceWindows } from "./pool.ts";
import { isPadded, overWindows, padWith, type PoolOptions, type Windows } from "./windows.ts";

/**
 * The largest element of each window: `[..., ...spatial, features]` → `[..., ...windows, features]`, with as many
 * spatial axes as `window` has, and any number of batch axes, none included. Padding counts as -Infinity. The gradient
 * goes to the first of several largest elements.
 *
 * ```ts
 * maxPool(tf.ones([1, 28, 28, 3]), [2, 2], { strides: [2, 2] }).shape; // => [ 1, 14, 14, 3 ]
 * ```
 *
 * @throws InvalidArgumentError, ShapeMismatchError
 * @see flax.nnx.max_pool
 */
export function maxPool(x: tf.Tensor, window: readonly number[], options: PoolOptions = {}): tf.Tensor {
  return overWindows(x, window, options, maxOf);
}

/**
 * The smallest element of each window; all else as in {@link maxPool}.
 *
 * @throws InvalidArgumentError, ShapeMismatchError
 * @see flax.nnx.min_pool
 */
export function minPool(x: tf.Tensor, window: readonly number[], options: PoolOptions = {}): tf.Tensor {
  return overWindows(x, window, options, (windows) => tf.neg(maxOf({ ...windows, x: tf.neg(windows.x) })));
}

function maxOf(windows: Windows): tf.Tensor {
  const { x, window, strides, pads } = windows;
  if (window.length > 3) return reduceWindows(windows, -Infinity, tf.maximum);
  const padded = isPadded(pads) ? padWith(x, pads, -Infinity) : x;
  if (window.length === 3) {
    return tf.maxPool3d(padded as tf.Tensor5D, triple(window), triple(strides), "valid");
  }
  if (window.length === 2) return tf.maxPool(padded as tf.Tensor4D, pair(window), pair(strides), "valid");
  // One dimension is two with a single row.
  const row = tf.expandDims<tf.Tensor4D>(padded, 1);
  return tf.squeeze(tf.maxPool(row, [1, window[0]!], [1, strides[0]!], "valid"), [1]);
}

function pair(list: readonly number[]): [number, number] {
  return [list[0]!, list[1]!];
}

function triple(list: readonly number[]): [number, number, number] {
  return [list[0]!, list[1]!, list[2]!];
}
