/** @file What windows see of an image, as coordinates of a product's operand. */
import { type ConvolutionSpec, type Sizes, volume } from "../../../steps/specs/convolution.ts";
import { type Digit } from "./product.ts";

/** How windows move over an image: what all kinds of convolutions have. */
export type Windows = Pick<
  ConvolutionSpec,
  "batch" | "input" | "filter" | "output" | "strides" | "dilations" | "before"
>;

/** Depth, height and width. */
export const AXES = [0, 1, 2] as const;

/** One of {@link AXES}. */
export type Axis = (typeof AXES)[number];

/** The sum of `rule` of all axes. */
export function sumOver(rule: (axis: Axis) => number): number {
  return rule(0) + rule(1) + rule(2);
}

/** Pixels from one to the next along each axis. */
export function pixelStrides([, height, width]: Sizes): Sizes {
  return [height * width, width, 1];
}

/**
 * The elements of an image of `channels` that windows see: for each pixel of the output, and each tap. Positions are on
 * the image's axes; those that cannot leave the image are on none.
 */
export function windowsOf(spec: Windows, channels: number) {
  const pixels = pixelStrides(spec.input);
  const leaves = AXES.map((axis) => {
    const last =
      (spec.output[axis] - 1) * spec.strides[axis] + (spec.filter[axis] - 1) * spec.dilations[axis];
    return spec.before[axis] > 0 || last - spec.before[axis] >= spec.input[axis];
  });
  const along = (sizes: Sizes, steps: Sizes) =>
    AXES.map((axis): Digit => ({
      size: sizes[axis],
      stride: steps[axis] * pixels[axis] * channels,
      ...(leaves[axis] ? { axis, step: steps[axis] } : {}),
    }));
  return {
    offset: -sumOver((axis) => spec.before[axis] * pixels[axis] * channels),
    images: [{ size: spec.batch, stride: volume(spec.input) * channels }],
    pixels: along(spec.output, spec.strides),
    taps: along(spec.filter, spec.dilations),
    axes: AXES.map((axis) => ({ size: spec.input[axis], start: -spec.before[axis] })),
  };
}
