/** @file Average pooling. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { reduceWindows } from "./pool.ts";
import { isPadded, overWindows, padWith, type PoolOptions, type Windows } from "./windows.ts";

/** Options of {@link avgPool}. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts as zeros, rather than not at all. Default true. */
  countIncludePad?: boolean | undefined;
}

/**
 * The mean of each window: `[..., ...spatial, features]` → `[..., ...windows, features]`, with as many spatial axes as
 * `window` has, and any number of batch axes, none included.
 *
 * ```ts
 * avgPool(tf.ones([1, 28, 28, 3]), [2, 2], { strides: [2, 2] }).shape; // => [ 1, 14, 14, 3 ]
 * ```
 *
 * @throws InvalidArgumentError, ShapeMismatchError
 * @see flax.nnx.avg_pool
 */
export function avgPool(
  x: tf.Tensor,
  window: readonly number[],
  { countIncludePad = true, ...options }: AvgPoolOptions = {},
): tf.Tensor {
  return overWindows(x, window, options, (windows) => {
    const y = meanOf(windows);
    if (countIncludePad || !isPadded(windows.pads)) return y;
    const ones = full([1, ...windows.x.shape.slice(1, -1), 1], 1);
    return tf.div(y, meanOf({ ...windows, x: ones }));
  });
}

function meanOf(windows: Windows): tf.Tensor {
  const { x, window, strides, pads } = windows;
  const [a, b, c] = window as [number, number, number];
  const [down, right, along] = strides as [number, number, number];
  const padded = padWith(x, pads, 0);
  if (window.length === 3)
    return tf.avgPool3d(padded as tf.Tensor5D, [a, b, c], [down, right, along], "valid");
  if (window.length === 2) return tf.avgPool(padded as tf.Tensor4D, [a, b], [down, right], "valid");
  if (window.length === 1) {
    // One dimension is two with a single row.
    return tf.squeeze(tf.avgPool(tf.expandDims<tf.Tensor4D>(padded, 1), [1, a], [1, down], "valid"), [1]);
  }
  return tf.div(reduceWindows(windows, 0, tf.add), tf.util.sizeFromShape([...window]));
}
