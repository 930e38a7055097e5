/** @file Convolutions and pooling. */
import * as tf from "@tensorflow/tfjs-core";
import { type Array64, generate, read } from "../array.ts";
import { type Operation, sum } from "./operation.ts";
import { fixed, tensorOf } from "./fixed.ts";

/** On images [height, width, channels]: windows of `size` rows and columns, `stride` apart, nothing around. */
function overWindows(
  name: string,
  [size, stride]: readonly [number, number],
  tensor: (x: tf.Tensor4D) => tf.Tensor4D,
  exact: (x: Array64, corner: readonly [number, number], channel: number) => number,
  channelsOf: (channels: number) => number = (channels) => channels,
): Operation {
  const places = (length: number) => Math.floor((length - size) / stride) + 1;
  return {
    name,
    fits: ({ length, 0: height = 0, 1: width = 0 }) => length === 3 && height >= size && width >= size,
    tensor: (_, x) => tf.squeeze(tensor(tf.expandDims(x)), [0]),
    exact: (_, x) => {
      const [height, width, channels] = x.shape as [number, number, number];
      return generate([places(height), places(width), channelsOf(channels)], ([i, j, channel]) =>
        exact(x, [i! * stride, j! * stride], channel!),
      );
    },
  };
}

/** The elements of one channel in a window of two rows and columns. */
const inWindow = (x: Array64, [i, j]: readonly [number, number], channel: number) =>
  [0, 1, 2, 3].map((k) => read(x, [i + (k >> 1), j + (k & 1), channel]));

export const windows: readonly Operation[] = [
  overWindows(
    "conv2d",
    [2, 1],
    (x) => tf.conv2d(x, tensorOf(fixed([2, 2, x.shape[3], 3])) as tf.Tensor4D, 1, "valid"),
    (x, corner, out) => {
      const channels = x.shape[2]!;
      const filter = fixed([2, 2, channels, 3]);
      const terms = Array.from({ length: channels }, (_, channel) =>
        inWindow(x, corner, channel).map((value, k) => value * read(filter, [k >> 1, k & 1, channel, out])),
      );
      return sum(terms.flat());
    },
    () => 3,
  ),
  overWindows(
    "depthwiseConv2d",
    [2, 2],
    (x) => tf.depthwiseConv2d(x, tensorOf(fixed([2, 2, x.shape[3], 1])) as tf.Tensor4D, 2, "valid"),
    (x, corner, channel) => {
      const filter = fixed([2, 2, x.shape[2]!, 1]);
      return sum(
        inWindow(x, corner, channel).map((value, k) => value * read(filter, [k >> 1, k & 1, channel, 0])),
      );
    },
  ),
  overWindows(
    "maxPool",
    [2, 1],
    (x) => tf.maxPool(x, 2, 1, "valid"),
    (x, corner, channel) => Math.max(...inWindow(x, corner, channel)),
  ),
  overWindows(
    "avgPool",
    [2, 2],
    (x) => tf.avgPool(x, 2, 2, "valid"),
    (x, corner, channel) => sum(inWindow(x, corner, channel)) / 4,
  ),
];
