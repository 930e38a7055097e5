/** @file Lowerings of convolutions and of their gradients. */
import { type Conv2DAttributes, type Conv3DAttributes, paddingSides } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import type { ConvolutionSpec, DepthwiseSpec } from "../steps/specs/convolution.ts";
import type { RoutineSpec } from "../steps/specs/routine-spec.ts";
import { product } from "../expr/segments.ts";
import type { Lowering, Tensor } from "./context.ts";
import { filled } from "./convert.ts";
import { geometryOf } from "./geometry.ts";
import { integerConvolution } from "./integer-convolution.ts";
import { finished } from "./matmul.ts";
import { transpose } from "./moves.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRule, type LoweringRules, rule } from "./rule.ts";
import { FLOAT, NUMBERS } from "./takes.ts";

type Infer2D = typeof backend_util.computeConv2DInfo;
type Infer3D = typeof backend_util.computeConv3DInfo;
type Shape = readonly number[];

// Operations check the ranks before they run a kernel, so that the tuples below are what they say.

function infer2D(x: Shape, filter: Shape, attrs: Conv2DAttributes, isDepthwise: boolean) {
  return backend_util.computeConv2DInfo(
    x as Parameters<Infer2D>[0],
    filter as Parameters<Infer2D>[1],
    attrs.strides,
    attrs.dilations ?? [1, 1],
    paddingSides(attrs.pad),
    attrs.dimRoundingMode,
    isDepthwise,
    "channelsLast",
  );
}

function spec2D(x: Shape, filter: Shape, attrs: Conv2DAttributes): ConvolutionSpec {
  const info = infer2D(x, filter, attrs, false);
  return { ...geometryOf(info), inChannels: info.inChannels, outChannels: info.outChannels };
}

function depthwiseSpec(x: Shape, filter: Shape, attrs: Conv2DAttributes): DepthwiseSpec {
  const info = infer2D(x, filter, attrs, true);
  return { ...geometryOf(info), channels: info.inChannels, multiplier: filter[3]! };
}

function spec3D(x: Shape, filter: Shape, { strides, dilations = 1, pad }: Conv3DAttributes): ConvolutionSpec {
  const info = backend_util.computeConv3DInfo(
    x as Parameters<Infer3D>[0],
    filter as Parameters<Infer3D>[1],
    strides,
    dilations,
    pad,
  );
  return { ...geometryOf(info), inChannels: info.inChannels, outChannels: info.outChannels };
}

const TO_LAST = [0, 2, 3, 1];
const TO_FIRST = [0, 3, 1, 2];

/** What says in which order the axes are: images that are channels-first are turned. */
interface Order {
  dataFormat?: string;
}

function channelsLast(lowering: Lowering, x: Tensor, { dataFormat }: Order): Tensor {
  if (dataFormat !== "NCHW") return x;
  return transpose(lowering, x, TO_LAST);
}

function shapeLast(shape: Shape, { dataFormat }: Order): Shape {
  return dataFormat === "NCHW" ? TO_LAST.map((axis) => shape[axis]!) : shape;
}

/** The result of a routine in channels-last order, in the order that the attributes ask for. */
function asAsked(lowering: Lowering, result: Tensor, { dataFormat }: Order): Tensor {
  if (dataFormat !== "NCHW") return result;
  return transpose(lowering, result, TO_FIRST);
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

type Fused = Conv2DAttributes & { activation?: string; leakyreluAlpha?: number };

/** How a convolution is said: its kinds are those of its specs. */
type SpecOf<Attrs> = (x: Shape, filter: Shape, attrs: Attrs) => ConvolutionSpec | DepthwiseSpec;

function specified(kind: ConvolutionKind, spec: ConvolutionSpec | DepthwiseSpec) {
  // Each kind comes with the function that makes its specs.
  return { kind, ...spec } as RoutineSpec<ConvolutionKind>;
}

function forward(kind: ConvolutionKind, specOf: SpecOf<Conv2DAttributes>): LoweringRule {
  return rule<Forward, Fused>(FLOAT, (lowering, { x, filter, ...rest }, attrs, [output]) => {
    const image = channelsLast(lowering, x, attrs);
    const spec = specOf(image.shape, filter.shape, attrs);
    const shape = shapeLast(output!.shape, attrs);
    const result = convolved(lowering, [image, filter], shape, specified(kind, spec));
    return asAsked(lowering, finished(lowering, result, rest, attrs), attrs);
  });
}

function ofFilter<A extends Order>(kind: ConvolutionKind, specOf: SpecOf<A>): LoweringRule {
  return rule<{ x: Tensor; dy: Tensor }, A & { filterShape: number[] }>(
    FLOAT,
    (lowering, { x, dy }, attrs) => {
      const [image, error] = [channelsLast(lowering, x, attrs), channelsLast(lowering, dy, attrs)];
      const spec = specOf(image.shape, attrs.filterShape, attrs);
      return convolved(lowering, [image, error], attrs.filterShape, specified(kind, spec));
    },
  );
}

function ofInput<A extends Order>(kind: ConvolutionKind, specOf: SpecOf<A>): LoweringRule {
  return rule<{ dy: Tensor; filter: Tensor }, A & { inputShape: number[] }>(
    FLOAT,
    (lowering, { dy, filter }, attrs) => {
      const shape = shapeLast(attrs.inputShape, attrs);
      const spec = specOf(shape, filter.shape, attrs);
      const error = channelsLast(lowering, dy, attrs);
      return asAsked(lowering, convolved(lowering, [error, filter], shape, specified(kind, spec)), attrs);
    },
  );
}

const conv2D = forward("convolution", spec2D);
const depthwise = forward("depthwise convolution", depthwiseSpec);

/** Convolutions and their gradients. */
export const convolution: LoweringRules = {
  Conv2D: conv2D,
  FusedConv2D: conv2D,
  Conv2DBackpropFilter: ofFilter("convolution filter gradient", spec2D),
  Conv2DBackpropInput: ofInput("convolution input gradient", spec2D),
  Conv3D: rule<Forward, Conv3DAttributes>(
    { all: NUMBERS, alike: true },
    (lowering, { x, filter }, attrs, [output]) => {
      const spec = spec3D(x.shape, filter.shape, attrs);
      if (x.dtype === "int32") return integerConvolution(lowering, x, filter, spec, output!.shape);
      return convolved(lowering, [x, filter], output!.shape, { kind: "convolution", ...spec });
    },
  ),
  Conv3DBackpropFilterV2: ofFilter("convolution filter gradient", spec3D),
  Conv3DBackpropInputV2: ofInput("convolution input gradient", spec3D),
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  DepthwiseConv2dNativeBackpropFilter: ofFilter("depthwise filter gradient", depthwiseSpec),
  DepthwiseConv2dNativeBackpropInput: ofInput("depthwise input gradient", depthwiseSpec),
};
