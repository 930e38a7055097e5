/** @file Convolutions and gradients of filters as one matrix product for each position in the filter. */
import * as tf from "@tensorflow/tfjs-core";
import { isLong } from "../kernels/sums/long.ts";
import { padOrCrop } from "./axes.ts";
import { type Axis, coveringPads } from "./window-axes.ts";

/** Of larger filters each element would be a product of its own. */
const MOST_TAPS = 128;

/** Whether each element of the gradient adds up so many terms that it is better made position by position. */
export function hasManyTerms(terms: number, axes: readonly Axis[]): boolean {
  const taps = axes.reduce((product, { size }) => product * size, 1);
  return taps <= MOST_TAPS && isLong(terms);
}

/**
 * The gradient of the filter `[...size, in, out]`: for each of its positions the product of what of `x` lies below it
 * and `dy`. The matrix product keeps the digits of long sums, which a convolution with `dy` as its filter does not.
 */
export function gradientByTaps(x: tf.Tensor, dy: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const covered = padOrCrop(x, coveringPads(axes));
  const [inputs, outputs] = [x.shape.at(-1)!, dy.shape.at(-1)!];
  const slopes = tf.reshape(dy, [-1, outputs]);
  const taps = tapsOf(covered, axes).map((below) =>
    tf.matMul(tf.reshape(below, [-1, inputs]), slopes, true, false),
  );
  return tf.reshape(tf.stack(taps), [...axes.map(({ size }) => size), inputs, outputs]);
}

/** The same of a convolution channel by channel, whose filter is `[...size, in, multiplier]`. */
export function depthwiseGradientByTaps(x: tf.Tensor, dy: tf.Tensor, axes: readonly Axis[]): tf.Tensor {
  const covered = padOrCrop(x, coveringPads(axes));
  const [inputs, outputs] = [x.shape.at(-1)!, dy.shape.at(-1)!];
  const multiplier = outputs / inputs;
  const slopes = tf.reshape(dy, [-1, inputs, multiplier]);
  const taps = tapsOf(covered, axes).map((below) =>
    tf.sum(tf.mul(tf.reshape(below, [-1, inputs, 1]), slopes), 0),
  );
  return tf.reshape(tf.stack(taps), [...axes.map(({ size }) => size), inputs, multiplier]);
}

/** For each position in a filter, row by row, what of the padded input lies below it: `[n, ...output, in]`. */
export function tapsOf(covered: tf.Tensor, axes: readonly Axis[]): tf.Tensor[] {
  const strides = [1, ...axes.map(({ stride }) => stride), 1];
  return positions(axes).map((position) => {
    const begin = [0, ...position.map((at, i) => at * axes[i]!.dilation), 0];
    const end = begin.map((start, i) => {
      const axis = axes[i - 1];
      return axis ? start + (axis.output - 1) * axis.stride + 1 : covered.shape[i]!;
    });
    return tf.stridedSlice(covered, begin, end, strides);
  });
}

/** The positions in a filter, row by row. */
function positions(axes: readonly Axis[]): number[][] {
  return axes.reduce<number[][]>(
    (all, { size }) => all.flatMap((lead) => Array.from({ length: size }, (_, i) => [...lead, i])),
    [[]],
  );
}
