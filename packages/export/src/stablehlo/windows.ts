/** @file Where windows lie on images: TensorFlow.js's rules for shapes and padding, for any number of spatial axes. */
import { type Conv2DAttributes, type Conv3DAttributes, paddingSides } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";

type Shape = readonly number[];
type Infer2D = typeof backend_util.computeConv2DInfo;
type Infer3D = typeof backend_util.computeConv3DInfo;

/** Windows along each spatial axis. */
export interface WindowPlan {
  readonly input: readonly number[];
  readonly size: readonly number[];
  readonly output: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Places before the first element. */
  readonly before: readonly number[];
}

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

/** The windows of a convolution of images, channels last. */
export function plan2D(x: Shape, filter: Shape, attrs: Conv2DAttributes, isDepthwise = false): WindowPlan {
  return of2D(
    backend_util.computeConv2DInfo(
      x as Parameters<Infer2D>[0],
      filter as Parameters<Infer2D>[1],
      attrs.strides,
      attrs.dilations ?? [1, 1],
      paddingSides(attrs.pad),
      attrs.dimRoundingMode,
      isDepthwise,
      "channelsLast",
    ),
  );
}

/** The windows of an info over two axes. */
export function of2D(info: backend_util.Conv2DInfo): WindowPlan {
  return {
    input: [info.inHeight, info.inWidth],
    size: [info.filterHeight, info.filterWidth],
    output: [info.outHeight, info.outWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
  };
}

/** The windows of a convolution of volumes, channels last. */
export function plan3D(
  x: Shape,
  filter: Shape,
  { strides, dilations = 1, pad }: Conv3DAttributes,
): WindowPlan {
  return of3D(
    backend_util.computeConv3DInfo(
      x as Parameters<Infer3D>[0],
      filter as Parameters<Infer3D>[1],
      strides,
      dilations,
      pad,
    ),
  );
}

/** The windows of an info over three axes. */
export function of3D(info: backend_util.Conv3DInfo): WindowPlan {
  return {
    input: [info.inDepth, info.inHeight, info.inWidth],
    size: [info.filterDepth, info.filterHeight, info.filterWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}

/** Places from the first to the last element of a window. */
export function reach({ size, dilations }: WindowPlan, axis: number): number {
  return (size[axis]! - 1) * dilations[axis]! + 1;
}

/** What has to stand on each side of the input so that there are as many windows as planned; negative: is cut off. */
export function paddingOf(plan: WindowPlan): (readonly [before: number, after: number])[] {
  return plan.input.map((length, axis) => {
    const needed = (plan.output[axis]! - 1) * plan.strides[axis]! + reach(plan, axis);
    return [plan.before[axis]!, needed - length - plan.before[axis]!] as const;
  });
}
