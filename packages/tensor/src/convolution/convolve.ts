/** @file Convolutions of one group, by the kernels of TensorFlow.js. */
import * as tf from "@tensorflow/tfjs-core";
import { padOrCrop, type Pads } from "./axes.ts";

/** Steps per spatial axis. */
export interface Steps {
  /** Between windows. */
  strides: readonly number[];
  /** Between the elements of the filter. */
  dilations: readonly number[];
}

/**
 * The correlation of every window with the filter: `[n, ...spatial, in]` → `[n, ...windows, out]`, with two or three
 * spatial axes and a filter `[...size, in, out]`.
 *
 * `tf.conv2d` and `tf.conv3d` take strides or dilations; their kernels take both.
 */
export function convolve(
  x: tf.Tensor,
  filter: tf.Tensor,
  { strides, dilations }: Steps,
  padding: readonly Pads[] = [],
): tf.Tensor {
  const is3D = x.rank === 5;
  const [input, pad] = split(x, padding, !is3D);
  return tf.engine().runKernel(
    is3D ? tf.Conv3D : tf.Conv2D,
    { x: input, filter },
    {
      strides: [...strides],
      pad,
      dataFormat: is3D ? "NDHWC" : "NHWC",
      dilations: [...dilations],
    },
  );
}

/**
 * The same for each channel alone: `[n, h, w, c]` → `[n, ...windows, c * m]`, with a filter `[...size, c, m]`.
 */
export function convolveDepthwise(
  x: tf.Tensor,
  filter: tf.Tensor,
  { strides, dilations }: Steps,
  padding: readonly Pads[] = [],
): tf.Tensor {
  const [input, pad] = split(x, padding, true);
  // cpu's and webgl's kernels take strides or dilations, and webgl's the same stride both ways.
  const [down, right] = strides;
  const apart = down !== right || (down !== 1 && dilations.some((dilation) => dilation > 1));
  const y = tf.engine().runKernel<tf.Tensor>(
    tf.DepthwiseConv2dNative,
    { x: input, filter },
    {
      strides: apart ? [1, 1] : [...strides],
      pad,
      dataFormat: "NHWC",
      dilations: [...dilations],
    },
  );
  return apart ? tf.stridedSlice(y, [0, 0, 0, 0], y.shape, [1, ...strides, 1]) : y;
}

/** The input, and the padding that is left to the kernel. */
function split(x: tf.Tensor, padding: readonly Pads[], canPad: boolean): [tf.Tensor, string] {
  if (padding.every(([low, high]) => low === 0 && high === 0)) return [x, "valid"];
  if (!canPad || padding.flat().some((count) => count < 0)) return [padOrCrop(x, padding), "valid"];
  // A list for each axis; attributes are typed as if they were flat.
  return [x, [[0, 0], ...padding.map((pair) => [...pair]), [0, 0]] as unknown as string];
}
