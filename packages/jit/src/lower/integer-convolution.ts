/** @file The lowering of convolutions of integers. */
import { type ConvolutionSpec, reach } from "../steps/specs/convolution.ts";
import { product } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { filled, pointwise } from "./convert.ts";
import { padded } from "./layout.ts";
import { transpose } from "./moves.ts";
import { reduced } from "./reduction.ts";
import { windowed, windowsAlong } from "./windows.ts";

/**
 * A convolution of int32, modulo 2^32: the routines know floats only, and sums of integers are exact in any order.
 * `x` is `[batch, depth, height, width, channels]`, `filter` `[...filter, channels, outChannels]`.
 */
export function integerConvolution(
  lowering: Lowering,
  x: Tensor,
  filter: Tensor,
  spec: ConvolutionSpec,
  shape: readonly number[],
): Tensor {
  if (product(x.shape) * product(filter.shape) === 0) return filled(shape, "int32", 0);
  const axes = [0, 1, 2] as const;
  const reached = reach(spec);
  const padding = axes.map((axis) => {
    const before = spec.before[axis];
    return [before, Math.max(0, reached[axis] - before - spec.input[axis])] as const;
  });
  const wide = padded(lowering, x, [[0, 0], ...padding, [0, 0]], 0);
  const alongAxes = axes.map((axis) => [axis + 1, windowsAlong(spec, axis)] as const);
  const windows = windowed(lowering, wide, new Map(alongAxes));
  const images = [spec.batch, ...spec.output];
  const taps = [spec.inChannels, ...spec.filter];
  const weights = transpose(lowering, filter, [4, 3, 0, 1, 2]);
  const products = pointwise(
    lowering,
    "i32.mul",
    "i32",
    [
      { ...windows, shape: [...images, 1, ...taps] },
      { ...weights, shape: [1, 1, 1, 1, spec.outChannels, ...taps] },
    ],
    { shape: [...images, spec.outChannels, ...taps], dtype: "int32" },
  );
  return reduced(lowering, products, [5, 6, 7, 8], "sum", { shape, dtype: "int32" });
}
