/** @file Convolutions of all kinds, and what they are made of, for the tests of every target. */
import fc from "fast-check";
import {
  type ConvolutionSpec,
  type DepthwiseSpec,
  type Sizes,
  volume,
} from "../../src/steps/specs/convolution.ts";

/** The positions of a product in x, in the filter and in y. */
type Visit = (x: number, filter: number, y: number) => void;

/** The elements of each tensor. */
export interface TensorSizes {
  readonly x: number;
  readonly filter: number;
  readonly y: number;
}

/** Calls `visit` with the pixel of x, the tap and the pixel of y of each window, over all images. */
function eachTap(
  spec: Pick<ConvolutionSpec, "batch" | "input" | "filter" | "output" | "strides" | "dilations" | "before">,
  visit: Visit,
): void {
  const { batch, input, filter, output, strides, dilations, before } = spec;
  const places = (sizes: Sizes) =>
    Array.from({ length: volume(sizes) }, (_, i) => [
      Math.floor(i / (sizes[1] * sizes[2])),
      Math.floor(i / sizes[2]) % sizes[1],
      i % sizes[2],
    ]);
  for (let image = 0; image < batch; image++)
    for (const [pixel, o] of places(output).entries())
      for (const [tap, t] of places(filter).entries()) {
        const at = o.map(
          (position, axis) => position * strides[axis]! + t[axis]! * dilations[axis]! - before[axis]!,
        );
        if (at.some((position, axis) => position < 0 || position >= input[axis]!)) continue;
        const source = image * volume(input) + (at[0]! * input[1] + at[1]!) * input[2] + at[2]!;
        visit(source, tap, image * volume(output) + pixel);
      }
}

/** Calls `visit` for each product of a convolution. */
export function eachProduct(spec: ConvolutionSpec, visit: Visit): void {
  const { inChannels, outChannels } = spec;
  eachTap(spec, (x, tap, y) => {
    for (let c = 0; c < inChannels; c++)
      for (let q = 0; q < outChannels; q++)
        visit(x * inChannels + c, (tap * inChannels + c) * outChannels + q, y * outChannels + q);
  });
}

/** Calls `visit` for each product of a depthwise convolution. */
export function eachDepthwiseProduct(spec: DepthwiseSpec, visit: Visit): void {
  const { channels, multiplier } = spec;
  eachTap(spec, (x, tap, y) => {
    for (let c = 0; c < channels; c++)
      for (let q = 0; q < multiplier; q++)
        visit(x * channels + c, (tap * channels + c) * multiplier + q, (y * channels + c) * multiplier + q);
  });
}

/** The elements of the tensors of a convolution. */
export function sizesOf(spec: ConvolutionSpec): TensorSizes {
  const { batch, input, inChannels, filter, output, outChannels } = spec;
  return {
    x: batch * volume(input) * inChannels,
    filter: volume(filter) * inChannels * outChannels,
    y: batch * volume(output) * outChannels,
  };
}

/** The elements of the tensors of a depthwise convolution. */
export function depthwiseSizesOf({ channels, multiplier, ...spec }: DepthwiseSpec): TensorSizes {
  const whole = sizesOf({ ...spec, inChannels: channels, outChannels: channels * multiplier });
  return { ...whole, filter: volume(spec.filter) * channels * multiplier };
}

const axis = fc.record({
  input: fc.integer({ min: 1, max: 9 }),
  filter: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.nat(4),
  after: fc.nat(4),
});

const FLAT = { input: 1, filter: 1, stride: 1, dilation: 1, before: 0, after: 0 };

/** Windows of any sizes, strides, dilations and paddings, over two or three dimensions. */
const windows = fc
  .record({ axes: fc.tuple(axis, axis, axis), batch: fc.integer({ min: 1, max: 3 }), flat: fc.boolean() })
  .map(({ axes, batch, flat }) => {
    const all = flat ? [FLAT, axes[1], axes[2]] : axes;
    const pick = (rule: (a: typeof FLAT) => number) => all.map(rule) as unknown as Sizes;
    return {
      batch,
      input: pick((a) => a.input),
      filter: pick((a) => a.filter),
      strides: pick((a) => a.stride),
      dilations: pick((a) => a.dilation),
      before: pick((a) => a.before),
      output: pick(
        (a) => Math.floor((a.input + a.before + a.after - (a.filter - 1) * a.dilation - 1) / a.stride) + 1,
      ),
    };
  })
  .filter(({ output }) => output.every((size) => size > 0));

/** Any small convolution. */
export const convolutions: fc.Arbitrary<ConvolutionSpec> = fc
  .tuple(
    windows,
    fc.record({ inChannels: fc.integer({ min: 1, max: 9 }), outChannels: fc.integer({ min: 1, max: 17 }) }),
  )
  .map(([spec, channels]) => ({ ...spec, ...channels }));

/** Any small depthwise convolution. */
export const depthwiseConvolutions: fc.Arbitrary<DepthwiseSpec> = fc
  .tuple(
    windows,
    fc.record({ channels: fc.integer({ min: 1, max: 9 }), multiplier: fc.integer({ min: 1, max: 3 }) }),
  )
  .map(([spec, channels]) => ({ ...spec, ...channels }));
