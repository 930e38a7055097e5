/** @file Convolutions and their gradients. */
import type { Conv2DAttributes, Conv3DAttributes } from "@nnx-js/tensor";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { convolution } from "../mlir/products.ts";
import { FLOAT, type KernelRules, NUMBERS, rule } from "../rule.ts";
import { paddingOf, plan2D, plan3D, reach, type WindowPlan } from "../windows.ts";
import { finished, type Fused, type FusedAttrs } from "./activations.ts";

type Shape = readonly number[];

const TO_LAST = [0, 2, 3, 1];
const TO_FIRST = [0, 3, 1, 2];

function channelsLast(b: Builder, x: Operand, { dataFormat }: Conv2DAttributes): Operand {
  return dataFormat === "NCHW" ? b.transpose(x, TO_LAST) : x;
}

function asAsked(b: Builder, x: Operand, { dataFormat }: Conv2DAttributes): Operand {
  return dataFormat === "NCHW" ? b.transpose(x, TO_FIRST) : x;
}

function shapeLast(shape: Shape, { dataFormat }: Conv2DAttributes): Shape {
  return dataFormat === "NCHW" ? TO_LAST.map((axis) => shape[axis]!) : shape;
}

/** Sums of nothing are zero. */
function isEmpty(...operands: readonly Operand[]): boolean {
  return operands.some(({ shape }) => sizeOf(shape) === 0);
}

/** Axes that begin with one role and end with others: `b` + `ss` + `f`. */
const axes = (first: string, { input }: WindowPlan, last: string) => first + "s".repeat(input.length) + last;

const ones = (plan: WindowPlan) => plan.input.map(() => 1);

/** `filter` is `[...window, in channels of a group, out channels]`. */
function forward(b: Builder, x: Operand, filter: Operand, plan: WindowPlan, groups = 1): Operand {
  const shape = [x.shape[0]!, ...plan.output, filter.shape.at(-1)!];
  if (isEmpty(x, filter)) return b.fill(0, shape, x.type);
  return convolution(b, x, filter, shape, {
    axes: [axes("b", plan, "f"), axes("", plan, "io"), axes("b", plan, "f")],
    strides: plan.strides,
    pad: paddingOf(plan),
    inputDilations: ones(plan),
    filterDilations: plan.dilations,
    featureGroups: groups,
  });
}

/** The gradient for the input: `filter` turned around, over errors that lie a stride apart. */
function ofInput(
  b: Builder,
  dy: Operand,
  filter: Operand,
  plan: WindowPlan,
  channels: number,
  groups = 1,
): Operand {
  const shape = [dy.shape[0]!, ...plan.input, channels];
  if (isEmpty(dy, filter)) return b.fill(0, shape, dy.type);
  const turned = b.reverse(
    filter,
    plan.input.map((_, axis) => axis),
  );
  const pad = plan.input.map((length, axis) => {
    const before = reach(plan, axis) - 1 - plan.before[axis]!;
    const errors = (plan.output[axis]! - 1) * plan.strides[axis]! + 1;
    return [before, length + reach(plan, axis) - 1 - errors - before] as const;
  });
  return convolution(b, dy, turned, shape, {
    // In groups, the filter's inputs are the channels that a group has in `dy`.
    axes: [axes("b", plan, "f"), axes("", plan, groups > 1 ? "io" : "oi"), axes("b", plan, "f")],
    strides: ones(plan),
    pad,
    inputDilations: plan.strides,
    filterDilations: plan.dilations,
    featureGroups: groups,
  });
}

/** The gradient for the filter: a convolution of the images by the errors, which sums over the batch. */
function ofFilter(b: Builder, x: Operand, dy: Operand, plan: WindowPlan, shape: Shape, groups = 1): Operand {
  if (isEmpty(x, dy)) return b.fill(0, shape, x.type);
  return convolution(b, x, dy, shape, {
    axes: [axes("f", plan, "b"), axes("i", plan, "o"), axes("", plan, "bf")],
    strides: plan.dilations,
    pad: paddingOf(plan),
    inputDilations: ones(plan),
    filterDilations: plan.strides,
    batchGroups: groups,
  });
}

interface Forward extends Fused {
  x: Operand;
  filter: Operand;
}

interface OfFilter {
  x: Operand;
  dy: Operand;
}

interface OfInput {
  dy: Operand;
  filter: Operand;
}

const conv2D = rule<Forward, Conv2DAttributes & FusedAttrs>(FLOAT, (b, { x, filter, ...rest }, attrs) => {
  const image = channelsLast(b, x, attrs);
  const result = forward(b, image, filter, plan2D(image.shape, filter.shape, attrs));
  return asAsked(b, finished(b, result, rest, attrs), attrs);
});

const depthwise = rule<Forward, Conv2DAttributes & FusedAttrs>(FLOAT, (b, { x, filter, ...rest }, attrs) => {
  const image = channelsLast(b, x, attrs);
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const plan = plan2D(image.shape, filter.shape, attrs, true);
  // Of an image without channels there are no groups.
  const groups = Math.max(1, channels);
  const grouped = b.reshape(filter, [height, width, 1, channels * multiplier]);
  const result = forward(b, image, grouped, plan, groups);
  return asAsked(b, finished(b, result, rest, attrs), attrs);
});

/** Convolutions and their gradients. */
export const convolutions: KernelRules = {
  Conv2D: conv2D,
  FusedConv2D: conv2D,
  Conv2DBackpropFilter: rule<OfFilter, Conv2DAttributes & { filterShape: number[] }>(
    FLOAT,
    (b, { x, dy }, attrs) => {
      const [image, error] = [channelsLast(b, x, attrs), channelsLast(b, dy, attrs)];
      return ofFilter(b, image, error, plan2D(image.shape, attrs.filterShape, attrs), attrs.filterShape);
    },
  ),
  Conv2DBackpropInput: rule<OfInput, Conv2DAttributes & { inputShape: number[] }>(
    FLOAT,
    (b, { dy, filter }, attrs) => {
      const shape = shapeLast(attrs.inputShape, attrs);
      const plan = plan2D(shape, filter.shape, attrs);
      return asAsked(b, ofInput(b, channelsLast(b, dy, attrs), filter, plan, shape[3]!), attrs);
    },
  ),
  Conv3D: rule<Forward, Conv3DAttributes>(NUMBERS, (b, { x, filter }, attrs) =>
    forward(b, x, filter, plan3D(x.shape, filter.shape, attrs)),
  ),
  Conv3DBackpropFilterV2: rule<OfFilter, Conv3DAttributes & { filterShape: number[] }>(
    FLOAT,
    (b, { x, dy }, attrs) => ofFilter(b, x, dy, plan3D(x.shape, attrs.filterShape, attrs), attrs.filterShape),
  ),
  Conv3DBackpropInputV2: rule<OfInput, Conv3DAttributes & { inputShape: number[] }>(
    FLOAT,
    (b, { dy, filter }, attrs) => {
      const plan = plan3D(attrs.inputShape, filter.shape, attrs);
      return ofInput(b, dy, filter, plan, attrs.inputShape[4]!);
    },
  ),
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  DepthwiseConv2dNativeBackpropFilter: rule<OfFilter, Conv2DAttributes & { filterShape: number[] }>(
    FLOAT,
    (b, { x, dy }, attrs) => {
      const { filterShape } = attrs;
      const [height, width, channels, multiplier] = filterShape as [number, number, number, number];
      const plan = plan2D(x.shape, filterShape, attrs, true);
      const shape = [height, width, 1, channels * multiplier];
      return b.reshape(ofFilter(b, x, dy, plan, shape, Math.max(1, channels)), filterShape);
    },
  ),
  DepthwiseConv2dNativeBackpropInput: rule<OfInput, Conv2DAttributes & { inputShape: number[] }>(
    FLOAT,
    (b, { dy, filter }, attrs) => {
      const { inputShape } = attrs;
      const plan = plan2D(inputShape, filter.shape, attrs, true);
      const channels = inputShape[3]!;
      const grouped = b.transpose(filter, [0, 1, 3, 2]);
      if (channels === 1) return ofInput(b, dy, filter, plan, 1);
      return ofInput(b, dy, grouped, plan, channels, channels);
    },
  ),
};
