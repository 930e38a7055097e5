/** @file Grey-scale dilation, the largest of `x + filter` in each window, and its gradients, built from operations. */
import * as tf from "@tensorflow/tfjs-core";
import { full } from "../abstract/full.ts";
import { LOWEST } from "../kernels/pooling/largest.ts";
import { type Pads, padOrCrop, stretch } from "./axes.ts";
import { type Axis, axesOf, type ConvolutionAttrs, coveringPads } from "./window-axes.ts";

/** One element of the filter. */
interface Tap {
  /** The number of the element, row by row. */
  index: number;
  /** Where the element lies in the first window. */
  start: readonly number[];
}

/**
 * The largest of `x + filter` in each window; where a window lies over padding, the padding does not count.
 *
 * @param x `[n, height, width, c]`.
 * @param filter `[height, width, c]`.
 * @returns `[n, height, width, c]`.
 */
export function dilate(x: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs): tf.Tensor {
  return sumsOf(x, filter, axesOfDilation(x, filter, attrs)).reduce((y, sum) => tf.maximum(y, sum));
}

/** The gradient of `x`: to the first of the largest elements of each window goes that of the output. */
export function dilationGradientOfInput(
  dy: tf.Tensor,
  x: tf.Tensor,
  filter: tf.Tensor,
  attrs: ConvolutionAttrs,
): tf.Tensor {
  const axes = axesOfDilation(x, filter, attrs);
  const strides = axes.map(({ stride }) => stride);
  const pads = coveringPads(axes);
  const largest = indicesOfLargest(x, filter, axes);
  const parts = tapsOf(axes).map(({ index, start }) => {
    const placed = stretch(tf.mul(dy, isAt(largest, index)), strides);
    return padOrCrop(
      placed,
      axes.map(({ input }, i): Pads => {
        // From the padded input, in which the first window starts at 0, to the input itself.
        const low = start[i]! - pads[i]![0];
        return [low, input - low - placed.shape[i + 1]!];
      }),
    );
  });
  return parts.reduce((sum, part) => tf.add(sum, part));
}

/** The gradient of `filter`: each element gets those of the outputs that it was the largest for. */
export function dilationGradientOfFilter(
  dy: tf.Tensor,
  x: tf.Tensor,
  filter: tf.Tensor,
  attrs: ConvolutionAttrs,
): tf.Tensor {
  const axes = axesOfDilation(x, filter, attrs);
  const largest = indicesOfLargest(x, filter, axes);
  const parts = tapsOf(axes).map(({ index }) => tf.sum(tf.mul(dy, isAt(largest, index)), [0, 1, 2]));
  return tf.reshape(tf.stack(parts), filter.shape);
}

function axesOfDilation(x: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs): Axis[] {
  return axesOf(x.shape, [...filter.shape, 1], attrs);
}

function tapsOf(axes: readonly Axis[]): Tap[] {
  const [height, width] = axes as [Axis, Axis];
  return Array.from({ length: height.size * width.size }, (_, index) => {
    const [row, column] = [Math.floor(index / width.size), index % width.size];
    return { index, start: [row * height.dilation, column * width.dilation] };
  });
}

/** For each element of the filter, its sums with the elements of `x` that it lies over, one a window. */
function sumsOf(x: tf.Tensor, filter: tf.Tensor, axes: readonly Axis[]): tf.Tensor[] {
  const padded = padOrCrop(x, coveringPads(axes), LOWEST);
  const rows = tf.reshape(filter, [-1, filter.shape[2] ?? 1]);
  return tapsOf(axes).map(({ index, start }) =>
    tf.add(strided(padded, start, axes), tf.slice(rows, [index, 0], [1, -1])),
  );
}

function strided(x: tf.Tensor, start: readonly number[], axes: readonly Axis[]): tf.Tensor {
  const lengths = axes.map(({ output, stride }) => (output - 1) * stride + 1);
  const [n, c] = [x.shape[0] ?? 1, x.shape[3] ?? 1];
  if (axes.every(({ stride }) => stride === 1)) return tf.slice(x, [0, ...start, 0], [n, ...lengths, c]);
  const end = lengths.map((length, i) => start[i]! + length);
  const strides = axes.map(({ stride }) => stride);
  return tf.stridedSlice(x, [0, ...start, 0], [n, ...end, c], [1, ...strides, 1]);
}

/** For each window, which element of the filter gives the first of the largest sums; float32. */
function indicesOfLargest(x: tf.Tensor, filter: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const [first, ...others] = sumsOf(x, filter, axes) as [tf.Tensor, ...tf.Tensor[]];
  let largest = first;
  let indices = full(first.shape, 0);
  for (const [i, sum] of others.entries()) {
    indices = tf.where(tf.greater(sum, largest), full(sum.shape, i + 1), indices);
    largest = tf.maximum(largest, sum);
  }
  return indices;
}

/** 1 where the window's largest sum is that of element `index`, else 0. */
function isAt(indices: tf.Tensor, index: number): tf.Tensor {
  return tf.cast(tf.equal(indices, index), "float32");
}
