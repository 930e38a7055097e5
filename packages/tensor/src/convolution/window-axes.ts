/** @file How the windows of a convolution or of pooling lie along each spatial axis. */
import { backend_util, type Conv2DAttrs } from "@tensorflow/tfjs-core";
import type { Pads } from "./axes.ts";
import { paddingSides } from "./numeric-pad.ts";

type Infer2D = typeof backend_util.computeConv2DInfo;
type Infer3D = typeof backend_util.computeConv3DInfo;
type Pool2D = typeof backend_util.computePool2DInfo;
type Pool3D = typeof backend_util.computePool3DInfo;

/** The attributes that the three kernels of a convolution have in common; one without dilations has none. */
export interface ConvolutionAttrs {
  strides: number | number[];
  pad: Conv2DAttrs["pad"];
  dataFormat?: string;
  dimRoundingMode?: "floor" | "round" | "ceil";
  dilations?: number | number[] | null;
}

/** One spatial axis. */
export interface Axis {
  /** Elements of the input. */
  input: number;
  /** Windows, each an element of the output. */
  output: number;
  /** Elements of a window. */
  size: number;
  /** From one window to the next. */
  stride: number;
  /** From one element of a window to the next. */
  dilation: number;
  /** Padding before the input; what is after it follows from the rest. */
  low: number;
}

/**
 * The axes of a convolution of `[n, ...spatial, in]` with two or three spatial axes and a filter `[...size, in, out]`.
 * How many channels come out plays no part, so that the shapes of a convolution channel by channel serve as well.
 */
export function axesOf(
  shape: readonly number[],
  filterShape: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: ConvolutionAttrs,
): Axis[] {
  // The operation has checked ranks and attributes before it ran the kernel.
  if (shape.length === 5) {
    const info = backend_util.computeConv3DInfo(
      shape as Parameters<Infer3D>[0],
      filterShape as Parameters<Infer3D>[1],
      strides as Parameters<Infer3D>[2],
      (dilations ?? 1) as Parameters<Infer3D>[3],
      pad as Parameters<Infer3D>[4],
    );
    return spaceOf(info);
  }
  const info = backend_util.computeConv2DInfo(
    shape as Parameters<Infer2D>[0],
    filterShape as Parameters<Infer2D>[1],
    strides as Parameters<Infer2D>[2],
    (dilations ?? 1) as Parameters<Infer2D>[3],
    paddingSides(pad),
    dimRoundingMode,
  );
  return planeOf(info);
}

/** The attributes of pooling kernels and of their gradients. */
export interface PoolAttrs {
  filterSize: number | number[];
  strides: number | number[];
  pad: Conv2DAttrs["pad"];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The axes of pooling of `[n, ...spatial, c]` with two or three spatial axes. */
export function poolAxesOf(
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolAttrs,
): Axis[] {
  // The operation has checked ranks and attributes before it ran the kernel.
  if (shape.length === 5) {
    const info = backend_util.computePool3DInfo(
      shape as Parameters<Pool3D>[0],
      filterSize as Parameters<Pool3D>[1],
      strides as Parameters<Pool3D>[2],
      1,
      pad as Parameters<Pool3D>[4],
      dimRoundingMode,
    );
    return spaceOf(info).map(atLeastNone);
  }
  const info = backend_util.computePool2DInfo(
    shape as Parameters<Pool2D>[0],
    filterSize as Parameters<Pool2D>[1],
    strides as Parameters<Pool2D>[2],
    1,
    paddingSides(pad),
    dimRoundingMode,
  );
  return planeOf(info).map(atLeastNone);
}

/** Windows that are larger than the input have no place. */
function atLeastNone(axis: Axis): Axis {
  return { ...axis, output: Math.max(0, axis.output) };
}

/** What to pad or crop, so that the windows lie over all that is left. */
export function coveringPads(axes: readonly Axis[]): Pads[] {
  return axes.map(({ input, output, size, stride, dilation, low }): Pads => {
    const length = (output - 1) * stride + (size - 1) * dilation + 1;
    return [low, length - input - low];
  });
}

/** The axes of two-dimensional windows. */
function planeOf(info: backend_util.Conv2DInfo): Axis[] {
  const { padInfo } = info;
  return [
    {
      input: info.inHeight,
      output: info.outHeight,
      size: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      low: padInfo.top,
    },
    {
      input: info.inWidth,
      output: info.outWidth,
      size: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      low: padInfo.left,
    },
  ];
}

/** The axes of three-dimensional windows. */
function spaceOf(info: backend_util.Conv3DInfo): Axis[] {
  const depth = {
    input: info.inDepth,
    output: info.outDepth,
    size: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    low: info.padInfo.front,
  };
  const { padInfo, ...plane } = info;
  const [height, width] = [
    { ...sizes(plane, "Height"), low: padInfo.top },
    { ...sizes(plane, "Width"), low: padInfo.left },
  ];
  return [depth, height, width];
}

type Plane = Omit<backend_util.Conv3DInfo, "padInfo">;

function sizes(info: Plane, name: "Height" | "Width"): Omit<Axis, "low"> {
  return {
    input: info[`in${name}`],
    output: info[`out${name}`],
    size: info[`filter${name}`],
    stride: info[`stride${name}`],
    dilation: info[`dilation${name}`],
  };
}
