/** @file The gradients of a convolution as convolutions. */
import * as tf from "@tensorflow/tfjs-core";
import { full } from "../abstract/full.ts";
import { padOrCrop, stretch } from "./axes.ts";
import { depthwiseGradientByTaps, gradientByTaps, hasManyTerms } from "./by-taps.ts";
import { convolve, convolveDepthwise, type Steps } from "./convolve.ts";
import { type Axis, coveringPads } from "./window-axes.ts";

/**
 * The gradient of the input `[n, ...spatial, in]`: the convolution of `dy`, stretched by the strides, with the reversed
 * filter.
 */
export function gradientOfInput(dy: tf.Tensor, filter: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  return convolve(surrounded(dy, axes), reversed(filter, axes), backwards(axes));
}

/**
 * The gradient of the filter `[...size, in, out]`: the convolution of `x` with `dy` as its filter, where strides and
 * dilations have changed places.
 */
export function gradientOfFilter(x: tf.Tensor, dy: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const spatial = axes.map((_, i) => i + 1);
  const [first, last] = [0, axes.length + 1];
  if (x.shape[first] === 0) return ofNothing(axes, [x.shape[last]!, dy.shape[last]!]);
  if (hasManyTerms(dy.size / dy.shape[last]!, axes)) return gradientByTaps(x, dy, axes);
  // Channels take the place of the batch, and the batch that of the channels.
  const channels = tf.transpose(padOrCrop(x, coveringPads(axes)), [last, ...spatial, first]);
  const filters = tf.transpose(dy, [...spatial, first, last]);
  return tf.transpose(convolve(channels, filters, exchanged(axes)), [...spatial, first, last]);
}

/** The gradient of the input `[n, h, w, c]` of a convolution channel by channel. */
export function depthwiseGradientOfInput(dy: tf.Tensor, filter: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const [rows = 1, columns = 1, channels = 1, multiplier = 1] = filter.shape;
  const single = tf.reshape(turned(filter, 2), [rows, columns, channels * multiplier, 1]);
  const parts = convolveDepthwise(surrounded(dy, axes), single, backwards(axes));
  if (multiplier === 1) return parts;
  const shape = [...parts.shape.slice(0, -1), channels];
  return tf.reshape(tf.sum(tf.reshape(parts, [-1, multiplier]), -1), shape);
}

/** The gradient of the filter `[h, w, c, m]` of a convolution channel by channel. */
export function depthwiseGradientOfFilter(x: tf.Tensor, dy: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const [inputs, outputs] = [x.shape[3]!, dy.shape[3]!];
  if (x.shape[0] === 0) return ofNothing(axes, [inputs, outputs / inputs]);
  // Of one picture each: sums over all of them come after.
  if (hasManyTerms(dy.shape[1]! * dy.shape[2]!, axes)) return depthwiseGradientByTaps(x, dy, axes);
  // The channels of all pictures become channels of one picture.
  const merged = batchInside(padOrCrop(x, coveringPads(axes)));
  const [height = 1, width = 1, batch = 1, channels = 1] = merged.shape;
  const [, rows = 1, columns = 1] = dy.shape;
  const picture = tf.reshape(merged, [1, height, width, batch * channels]);
  const filters = tf.reshape(batchInside(dy), [rows, columns, batch * channels, outputs / channels]);
  const each = convolveDepthwise(picture, filters, exchanged(axes));
  const sizes = axes.map(({ size }) => size);
  const positions = sizes.reduce((product, size) => product * size, 1);
  const summed = tf.sum(tf.reshape(each, [positions, batch, outputs]), 1);
  return tf.reshape(summed, [...sizes, channels, outputs / channels]);
}

/** The gradient of a filter with these channels when there are no images. */
function ofNothing(axes: readonly Axis[], channels: number[]): tf.Tensor {
  return full([...axes.map(({ size }) => size), ...channels], 0);
}

/** `[n, h, w, c]` as `[h, w, n, c]`. */
function batchInside(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [1, 2, 0, 3]);
}

/** `dy` with zeros between and around its elements, so that a window of it lies over each element of the input. */
function surrounded(dy: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const pads = axes.map(({ input, output, size, stride, dilation, low }) => {
    const high = input - 1 - (output - 1) * stride + low;
    return [(size - 1) * dilation - low, high] as const;
  });
  return padOrCrop(
    stretch(
      dy,
      axes.map(({ stride }) => stride),
    ),
    pads,
  );
}

/** The filter turned round, from output to input channels. */
function reversed(filter: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const spatial = [...axes.keys()];
  return tf.transpose(turned(filter, axes.length), [...spatial, axes.length + 1, axes.length]);
}

/** The filter with its spatial axes in reverse order: all at once, for webgpu's kernel ends at rank 4. */
function turned(filter: tf.Tensor, axes: number): tf.Tensor {
  const positions = tf.util.sizeFromShape(filter.shape.slice(0, axes));
  return tf.reshape(tf.reverse(tf.reshape(filter, [positions, -1]), 0), filter.shape);
}

function backwards(axes: readonly Axis[]): Steps {
  return { strides: axes.map(() => 1), dilations: axes.map(({ dilation }) => dilation) };
}

function exchanged(axes: readonly Axis[]): Steps {
  return { strides: axes.map(({ dilation }) => dilation), dilations: axes.map(({ stride }) => stride) };
}
