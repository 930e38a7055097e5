/** @file Lowerings of convolutions and of their gradients. */
import { backend_util } from "@tensorflow/tfjs-core";
import type { ModuleBuilder } from "../targets/wasm/assembler/module-builder.ts";
import { emitDepthwiseFilterGradient } from "../targets/wasm/routines/convolution/depthwise-gradient.ts";
import {
  type DepthwiseSpec,
  emitDepthwise,
  emitDepthwiseInputGradient,
} from "../targets/wasm/routines/convolution/depthwise.ts";
import { emitFilterGradient } from "../targets/wasm/routines/convolution/filter-gradient.ts";
import { emitConvolution } from "../targets/wasm/routines/convolution/forward.ts";
import { emitInputGradient } from "../targets/wasm/routines/convolution/input-gradient.ts";
import type { ConvolutionSpec } from "../targets/wasm/routines/convolution/spec.ts";
import type { Epilogue, Routine } from "../targets/wasm/routines/routine.ts";
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

interface Kind<S extends object> {
  readonly label: string;
  readonly emit: (module: ModuleBuilder, spec: S & { readonly epilogue?: Epilogue | undefined }) => Routine;
  /** Of the result, where `emit` takes an epilogue. */
  readonly columns?: (spec: S) => number;
}

const FORWARD: Kind<ConvolutionSpec> = {
  label: "convolution",
  emit: emitConvolution,
  columns: ({ outChannels }) => outChannels,
};
const OF_FILTER: Kind<ConvolutionSpec> = { label: "filter gradient", emit: emitFilterGradient };
const OF_INPUT: Kind<ConvolutionSpec> = { label: "input gradient", emit: emitInputGradient };
const DEPTHWISE: Kind<DepthwiseSpec> = { label: "depthwise convolution", emit: emitDepthwise };
const DEPTHWISE_OF_FILTER: Kind<DepthwiseSpec> = {
  label: "depthwise filter gradient",
  emit: emitDepthwiseFilterGradient,
};
const DEPTHWISE_OF_INPUT: Kind<DepthwiseSpec> = {
  label: "depthwise input gradient",
  emit: emitDepthwiseInputGradient,
};

function convolved<S extends object>(
  lowering: Lowering,
  { label, emit, columns }: Kind<S>,
  inputs: readonly Tensor[],
  shape: Shape,
  spec: S,
): Tensor {
  // Sums of nothing: a routine that goes over images would leave the result as it found it.
  if (inputs.some((input) => product(input.shape) === 0)) return filled(shape, "float32", 0);
  const [result] = routineOf(
    lowering,
    label,
    inputs,
    [{ shape, dtype: "float32" }],
    (module, epilogue) => emit(module, { ...spec, epilogue }),
    { columns: columns?.(spec), spec },
  );
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
  const result = convolved(lowering, FORWARD, [image, filter], shape, spec);
  return asAsked(lowering, finished(lowering, result, rest, attrs), attrs);
});

const depthwise = rule<Forward, Fused>(FLOAT, (lowering, { x, filter, ...rest }, attrs, [output]) => {
  const image = channelsLast(lowering, x, attrs);
  const spec = depthwiseSpec(image.shape, filter.shape, attrs);
  const shape = shapeLast(output!.shape, attrs);
  const result = convolved(lowering, DEPTHWISE, [image, filter], shape, spec);
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
      return convolved(lowering, OF_FILTER, [image, error], attrs.filterShape, spec);
    },
  ),
  Conv2DBackpropInput: rule<OfInput, Attrs2D & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const shape = shapeLast(attrs.inputShape, attrs);
      const spec = spec2D(shape, filter.shape, attrs);
      const error = channelsLast(lowering, dy, attrs);
      const result = convolved(lowering, OF_INPUT, [error, filter], shape, spec);
      return asAsked(lowering, result, attrs);
    },
  ),
  Conv3D: rule<Forward, Attrs3D>(
    { all: NUMBERS, alike: true },
    (lowering, { x, filter }, attrs, [output]) => {
      const spec = spec3D(x.shape, filter.shape, attrs);
      if (x.dtype === "int32") return integerConvolution(lowering, x, filter, spec, output!.shape);
      return convolved(lowering, FORWARD, [x, filter], output!.shape, spec);
    },
  ),
  Conv3DBackpropFilterV2: rule<OfFilter, Attrs3D & { filterShape: number[] }>(
    FLOAT,
    (lowering, { x, dy }, attrs) => {
      const spec = spec3D(x.shape, attrs.filterShape, attrs);
      return convolved(lowering, OF_FILTER, [x, dy], attrs.filterShape, spec);
    },
  ),
  Conv3DBackpropInputV2: rule<OfInput, Attrs3D & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const spec = spec3D(attrs.inputShape, filter.shape, attrs);
      return convolved(lowering, OF_INPUT, [dy, filter], attrs.inputShape, spec);
    },
  ),
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  DepthwiseConv2dNativeBackpropFilter: rule<OfFilter, Attrs2D & { filterShape: number[] }>(
    FLOAT,
    (lowering, { x, dy }, attrs) => {
      const spec = depthwiseSpec(x.shape, attrs.filterShape, attrs);
      return convolved(lowering, DEPTHWISE_OF_FILTER, [x, dy], attrs.filterShape, spec);
    },
  ),
  DepthwiseConv2dNativeBackpropInput: rule<OfInput, Attrs2D & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const spec = depthwiseSpec(attrs.inputShape, filter.shape, attrs);
      return convolved(lowering, DEPTHWISE_OF_INPUT, [dy, filter], attrs.inputShape, spec);
    },
  ),
};
