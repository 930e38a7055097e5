/** @file Lowerings of convolutions and of their gradients. */
import { backend_util } from "@tensorflow/tfjs-core";
import type { ConvolutionSpec, DepthwiseSpec } from "../steps/specs/convolution.ts";
import type { RoutineSpec } from "../steps/specs/routine-spec.ts";
import { product, transposed } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { filled } from "./convert.ts";
import { integerConvolution } from "./integer-convolution.ts";
import { finished } from "./matmul.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRules, rule } from "./rule.ts";
import { sidesOf } from "./sides.ts";
import { FLOAT, NUMBERS } from "./takes.ts";

type Infer2D = typeof backend_util.computeConv2DInfo;
type Infer3D = typeof backend_util.computeConv3DInfo;
type Shape = readonly number[];

interface Attrs2D {
  strides: Parameters<Infer2D>[2];
  dilations?: Parameters<Infer2D>[3] | null;
  pad: Parameters<Infer2D>[4];
  dimRoundingMode?: "floor" | "round" | "ceil";
  dataFormat?: "NHWC" | "NCHW";
}

interface Attrs3D {
  strides: Parameters<Infer3D>[2];
  dilations?: Parameters<Infer3D>[3];
  pad: Parameters<Infer3D>[4];
}

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

function infer2D(x: Shape, filter: Shape, attrs: Attrs2D, isDepthwise: boolean) {
  return backend_util.computeConv2DInfo(
    x as Parameters<Infer2D>[0],
    filter as Parameters<Infer2D>[1],
    attrs.strides,
    attrs.dilations ?? [1, 1],
    sidesOf(attrs.pad),
    attrs.dimRoundingMode,
    isDepthwise,
    "channelsLast",
  );
}

function spec2D(x: Shape, filter: Shape, attrs: Attrs2D): ConvolutionSpec {
  const info = infer2D(x, filter, attrs, false);
  return {
    batch: info.batchSize,
    input: [1, info.inHeight, info.inWidth],
    inChannels: info.inChannels,
    filter: [1, info.filterHeight, info.filterWidth],
    output: [1, info.outHeight, info.outWidth],
    outChannels: info.outChannels,
    strides: [1, info.strideHeight, info.strideWidth],
    dilations: [1, info.dilationHeight, info.dilationWidth],
    before: [0, info.padInfo.top, info.padInfo.left],
  };
}

function depthwiseSpec(x: Shape, filter: Shape, attrs: Attrs2D): DepthwiseSpec {
  const info = infer2D(x, filter, attrs, true);
  return {
    batch: info.batchSize,
    input: [1, info.inHeight, info.inWidth],
    channels: info.inChannels,
    multiplier: filter[3]!,
    filter: [1, info.filterHeight, info.filterWidth],
    output: [1, info.outHeight, info.outWidth],
    strides: [1, info.strideHeight, info.strideWidth],
    dilations: [1, info.dilationHeight, info.dilationWidth],
    before: [0, info.padInfo.top, info.padInfo.left],
  };
}

function spec3D(x: Shape, filter: Shape, { strides, dilations = 1, pad }: Attrs3D): ConvolutionSpec {
  const info = backend_util.computeConv3DInfo(
    x as Parameters<Infer3D>[0],
    filter as Parameters<Infer3D>[1],
    strides,
    dilations,
    pad,
  );
  return {
    batch: info.batchSize,
    input: [info.inDepth, info.inHeight, info.inWidth],
    inChannels: info.inChannels,
    filter: [info.filterDepth, info.filterHeight, info.filterWidth],
    output: [info.outDepth, info.outHeight, info.outWidth],
    outChannels: info.outChannels,
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}

const TO_LAST = [0, 2, 3, 1];
const TO_FIRST = [0, 3, 1, 2];

function permuted(shape: Shape, perm: readonly number[]): number[] {
  return perm.map((axis) => shape[axis]!);
}

function channelsLast(lowering: Lowering, x: Tensor, { dataFormat }: Attrs2D): Tensor {
  if (dataFormat !== "NCHW") return x;
  return lowering.move(x, permuted(x.shape, TO_LAST), transposed(x.shape, TO_LAST));
}

function shapeLast(shape: Shape, { dataFormat }: Attrs2D): Shape {
  return dataFormat === "NCHW" ? permuted(shape, TO_LAST) : shape;
}

/** The result of a routine in channels-last order, in the order that the attributes ask for. */
function asAsked(lowering: Lowering, result: Tensor, { dataFormat }: Attrs2D): Tensor {
  if (dataFormat !== "NCHW") return result;
  return lowering.move(result, permuted(result.shape, TO_FIRST), transposed(result.shape, TO_FIRST));
}

type ConvolutionKind =
  | `convolution${"" | " filter gradient" | " input gradient"}`
  | `depthwise ${"convolution" | "filter gradient" | "input gradient"}`;

/** Adds the step of a routine with a result of `shape`, whose columns are its last axis. */
function convolved(
  lowering: Lowering,
  inputs: readonly Tensor[],
  shape: Shape,
  spec: RoutineSpec<ConvolutionKind>,
): Tensor {
  // Sums of nothing: a routine that goes over images would leave the result as it found it.
  if (inputs.some((input) => product(input.shape) === 0)) return filled(shape, "float32", 0);
  const label = spec.kind.replace(/^convolution /, "");
  const [result] = routineOf(lowering, label, inputs, [{ shape, dtype: "float32" }], spec, shape.at(-1));
  return result!;
}

interface Forward {
  x: Tensor;
  filter: Tensor;
  bias?: Tensor;
  preluActivationWeights?: Tensor;
}

type Fused = Attrs2D & { activation?: string; leakyreluAlpha?: number };

const conv2D = rule<Forward, Fused>(FLOAT, (lowering, { x, filter, ...rest }, attrs, [output]) => {
  const image = channelsLast(lowering, x, attrs);
  const spec = spec2D(image.shape, filter.shape, attrs);
  const shape = shapeLast(output!.shape, attrs);
  const result = convolved(lowering, [image, filter], shape, { kind: "convolution", ...spec });
  return asAsked(lowering, finished(lowering, result, rest, attrs), attrs);
});

const depthwise = rule<Forward, Fused>(FLOAT, (lowering, { x, filter, ...rest }, attrs, [output]) => {
  const image = channelsLast(lowering, x, attrs);
  const spec = depthwiseSpec(image.shape, filter.shape, attrs);
  const shape = shapeLast(output!.shape, attrs);
  const result = convolved(lowering, [image, filter], shape, { kind: "depthwise convolution", ...spec });
  return asAsked(lowering, finished(lowering, result, rest, attrs), attrs);
});

interface OfFilter {
  x: Tensor;
  dy: Tensor;
}

interface OfInput {
  dy: Tensor;
  filter: Tensor;
}

/** Convolutions and their gradients. */
export const convolution: LoweringRules = {
  Conv2D: conv2D,
  FusedConv2D: conv2D,
  Conv2DBackpropFilter: rule<OfFilter, Attrs2D & { filterShape: number[] }>(
    FLOAT,
    (lowering, { x, dy }, attrs) => {
      const [image, error] = [channelsLast(lowering, x, attrs), channelsLast(lowering, dy, attrs)];
      const spec = spec2D(image.shape, attrs.filterShape, attrs);
      return convolved(lowering, [image, error], attrs.filterShape, {
        kind: "convolution filter gradient",
        ...spec,
      });
    },
  ),
  Conv2DBackpropInput: rule<OfInput, Attrs2D & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const shape = shapeLast(attrs.inputShape, attrs);
      const spec = spec2D(shape, filter.shape, attrs);
      const error = channelsLast(lowering, dy, attrs);
      const result = convolved(lowering, [error, filter], shape, {
        kind: "convolution input gradient",
        ...spec,
      });
      return asAsked(lowering, result, attrs);
    },
  ),
  Conv3D: rule<Forward, Attrs3D>(
    { all: NUMBERS, alike: true },
    (lowering, { x, filter }, attrs, [output]) => {
      const spec = spec3D(x.shape, filter.shape, attrs);
      if (x.dtype === "int32") return integerConvolution(lowering, x, filter, spec, output!.shape);
      return convolved(lowering, [x, filter], output!.shape, { kind: "convolution", ...spec });
    },
  ),
  Conv3DBackpropFilterV2: rule<OfFilter, Attrs3D & { filterShape: number[] }>(
    FLOAT,
    (lowering, { x, dy }, attrs) => {
      const spec = spec3D(x.shape, attrs.filterShape, attrs);
      return convolved(lowering, [x, dy], attrs.filterShape, {
        kind: "convolution filter gradient",
        ...spec,
      });
    },
  ),
  Conv3DBackpropInputV2: rule<OfInput, Attrs3D & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const spec = spec3D(attrs.inputShape, filter.shape, attrs);
      return convolved(lowering, [dy, filter], attrs.inputShape, {
        kind: "convolution input gradient",
        ...spec,
      });
    },
  ),
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  DepthwiseConv2dNativeBackpropFilter: rule<OfFilter, Attrs2D & { filterShape: number[] }>(
    FLOAT,
    (lowering, { x, dy }, attrs) => {
      const spec = depthwiseSpec(x.shape, attrs.filterShape, attrs);
      return convolved(lowering, [x, dy], attrs.filterShape, { kind: "depthwise filter gradient", ...spec });
    },
  ),
  DepthwiseConv2dNativeBackpropInput: rule<OfInput, Attrs2D & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const spec = depthwiseSpec(attrs.inputShape, filter.shape, attrs);
      return convolved(lowering, [dy, filter], attrs.inputShape, {
        kind: "depthwise input gradient",
        ...spec,
      });
    },
  ),
};
