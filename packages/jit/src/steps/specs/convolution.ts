/** @file What convolutions and their gradients are asked to do. */

import type { Packed } from "./matmul.ts";

/** Depth, height, width. */
export type Sizes = readonly [depth: number, height: number, width: number];

/**
 * A convolution of an image `[batch, ...input, inChannels]` with a filter `[...filter, inChannels, outChannels]` to
 * `[batch, ...output, outChannels]`, float32, all contiguous. Two-dimensional ones have a depth of 1.
 *
 * Output element o of an axis sums over filter elements t the input elements `o * stride + t * dilation - before`,
 * where there are any.
 */
export interface ConvolutionSpec {
  readonly batch: number;
  readonly input: Sizes;
  readonly inChannels: number;
  readonly filter: Sizes;
  readonly output: Sizes;
  readonly outChannels: number;
  readonly strides: Sizes;
  readonly dilations: Sizes;
  /** Padding before the first element of each axis. */
  readonly before: Sizes;
  /** Where the filter, as a matrix with a column for each output channel, is given packed. */
  readonly packed?: Packed | undefined;
  /**
   * Into how many parts, each of as many images but the last, the batch is divided for a filter's gradient, which then
   * has a matrix for each. Set by targets for themselves.
   */
  readonly parts?: number | undefined;
}

/**
 * As a convolution, but channel c of the image makes the output channels `c * multiplier` to
 * `(c + 1) * multiplier - 1`: the filter is `[...filter, channels, multiplier]`.
 */
export interface DepthwiseSpec extends Omit<ConvolutionSpec, "inChannels" | "outChannels"> {
  readonly channels: number;
  readonly multiplier: number;
}

/** `rule` of each axis. */
export function eachAxis(rule: (axis: 0 | 1 | 2) => number): Sizes {
  return [rule(0), rule(1), rule(2)];
}

/** Elements. */
export function volume(sizes: Sizes): number {
  return sizes[0] * sizes[1] * sizes[2];
}

/** Operations of the convolution and of each of its gradients, padding counted. */
export function flopsOf(spec: ConvolutionSpec): number {
  return 2 * spec.batch * volume(spec.output) * volume(spec.filter) * spec.inChannels * spec.outChannels;
}

/** The size of a padded image that the windows reach. */
export function reach({
  filter,
  output,
  strides,
  dilations,
}: Pick<ConvolutionSpec, "filter" | "output" | "strides" | "dilations">): Sizes {
  return eachAxis((axis) => (output[axis] - 1) * strides[axis] + (filter[axis] - 1) * dilations[axis] + 1);
}

/** Output channels. */
export function outChannelsOf({ channels, multiplier }: DepthwiseSpec): number {
  return channels * multiplier;
}

/** Operations of the depthwise convolution and of each of its gradients, padding counted. */
export function depthwiseFlops(spec: DepthwiseSpec): number {
  return 2 * spec.batch * volume(spec.output) * volume(spec.filter) * outChannelsOf(spec);
}
