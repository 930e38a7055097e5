/** @file What a convolution is asked to do. */
import type { Epilogue } from "../routine.ts";

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
}

/** A forward convolution, with what is done with each piece of the result. */
export interface ForwardSpec extends ConvolutionSpec {
  readonly epilogue?: Epilogue | undefined;
}

/** `rule` of each axis. */
export function eachAxis(rule: (axis: 0 | 1 | 2) => number): Sizes {
  return [rule(0), rule(1), rule(2)];
}

export function volume(sizes: Sizes): number {
  return sizes[0] * sizes[1] * sizes[2];
}

/** Operations of the convolution and of each of its gradients, padding counted. */
export function flopsOf(spec: ConvolutionSpec): number {
  return 2 * spec.batch * volume(spec.output) * volume(spec.filter) * spec.inChannels * spec.outChannels;
}
