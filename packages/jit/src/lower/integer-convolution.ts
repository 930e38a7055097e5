/** @file The lowering of convolutions of integers. */
import type { ConvolutionSpec } from "../steps/specs/convolution.ts";
import { product, transposed } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { filled, pointwise } from "./convert.ts";
import { padded } from "./layout.ts";
import { reduced } from "./reduction.ts";
import { windowed } from "./windows.ts";

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
  const padding = axes.map((axis) => {
    const reach =
      (spec.output[axis] - 1) * spec.strides[axis] + (spec.filter[axis] - 1) * spec.dilations[axis] + 1;
    const before = spec.before[axis];
    return [before, Math.max(0, reach - before - spec.input[axis])] as const;
  });
  const wide = padded(lowering, x, [[0, 0], ...padding, [0, 0]], 0);
  const windows = windowed(
    lowering,
    wide,
    new Map(
      axes.map((axis) => [
        axis + 1,
        {
          count: spec.output[axis],
          size: spec.filter[axis],
          stride: spec.strides[axis],
          dilation: spec.dilations[axis],
        },
      ]),
    ),
  );
  const images = [spec.batch, ...spec.output];
  const taps = [spec.inChannels, ...spec.filter];
  const perm = [4, 3, 0, 1, 2];
  const weights = lowering.move(
    filter,
    perm.map((axis) => filter.shape[axis]!),
    transposed(filter.shape, perm),
  );
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
