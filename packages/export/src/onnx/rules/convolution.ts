/** @file Convolutions, and transposed ones. */
import { type Conv2DAttributes, type Conv3DAttributes, paddingSides } from "@nnx-js/tensor";
import { backend_util } from "@tensorflow/tfjs-core";
import { channelsFirst, toLast } from "../build/channels.ts";
import type { Emission } from "../build/emission.ts";
import { areStatic, type Dims } from "../symbolic/dim.ts";
import type { Node, Value } from "../symbolic/graph.ts";
import { activated, type Fused } from "./activations.ts";
import { FLOAT, rule, type Rules } from "./rule.ts";
import { type Spatial, spatialOf } from "./spatial.ts";

type Infer2D = typeof backend_util.computeConv2DInfo;
type Infer3D = typeof backend_util.computeConv3DInfo;

type Attributes = Conv2DAttributes | Conv3DAttributes;

/** Windows over the places of an image, whose batch may be of any size. */
function windows(
  emission: Emission,
  node: Node,
  image: Dims,
  filter: Dims,
  attrs: Attributes,
  isDepthwise = false,
): Spatial {
  const [, ...sizes] = image;
  if (!areStatic(sizes) || !areStatic(filter)) {
    throw emission.unsupported(
      node,
      "whose images or filters have sizes that follow the batch",
      "Export without dynamicBatch.",
    );
  }
  const { strides, dilations, pad } = attrs;
  if (sizes.length === 4) {
    const info = backend_util.computeConv3DInfo(
      [1, ...sizes] as unknown as Parameters<Infer3D>[0],
      filter as unknown as Parameters<Infer3D>[1],
      strides as Conv3DAttributes["strides"],
      (dilations ?? 1) as NonNullable<Conv3DAttributes["dilations"]>,
      pad as Conv3DAttributes["pad"],
    );
    return spatialOf(info);
  }
  const info = backend_util.computeConv2DInfo(
    [1, ...sizes] as unknown as Parameters<Infer2D>[0],
    filter as unknown as Parameters<Infer2D>[1],
    strides as Conv2DAttributes["strides"],
    (dilations ?? [1, 1]) as NonNullable<Conv2DAttributes["dilations"]>,
    paddingSides(pad),
    (attrs as Conv2DAttributes).dimRoundingMode,
    isDepthwise,
    "channelsLast",
  );
  return spatialOf(info);
}

interface Forward {
  x: Value;
  filter: Value;
  bias?: Value;
  preluActivationWeights?: Value;
}

const isFirst = (attrs: object) => (attrs as Conv2DAttributes).dataFormat === "NCHW";

/** The shape of an image with its channels last. */
function lastShape(shape: Dims, attrs: object): Dims {
  return isFirst(attrs) ? toLast(shape.length).map((axis) => shape[axis]!) : shape;
}

/** Says that `output` is the image `name`, whose channels come first. */
function setImage(emission: Emission, output: Value, name: string, attrs: object): void {
  if (isFirst(attrs)) emission.set(output, name);
  else emission.setForm(output, { kind: "channelsFirst", name, shape: channelsFirst(output.shape) });
}

function imageOf(emission: Emission, value: Value, attrs: object): string {
  return isFirst(attrs) ? emission.name(value) : emission.channelsFirst(value);
}

/** A vector along the channels, as Conv takes its bias. */
function vector(emission: Emission, value: Value, channels: number): string {
  return emission.graph.reshape(emission.name(value), value.shape, [channels]);
}

function finished(
  emission: Emission,
  name: string,
  { preluActivationWeights: slope }: Forward,
  attrs: Fused,
  channels: number,
  rank: number,
): string {
  if (!slope) return activated(emission, name, attrs);
  const ones = Array.from({ length: rank - 2 }, () => 1);
  const alpha = emission.graph.reshape(emission.name(slope), slope.shape, [channels, ...ones]);
  return activated(emission, name, attrs, alpha);
}

const conv = rule<Forward, Attributes & Fused>(FLOAT, (emission, inputs, attrs, [output], node) => {
  const { x, filter, bias } = inputs;
  const rank = x.shape.length;
  const { strides, dilations, pads } = windows(
    emission,
    node,
    lastShape(x.shape, attrs),
    filter.shape,
    attrs,
  );
  const perm = [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)];
  const weights = emission.graph.transpose(emission.name(filter), perm);
  const channels = filter.shape.at(-1) as number;
  const operands = [imageOf(emission, x, attrs), weights];
  if (bias) operands.push(vector(emission, bias, channels));
  const name = emission.graph.op("Conv", operands, { strides, dilations, pads });
  setImage(emission, output, finished(emission, name, inputs, attrs, channels, rank), attrs);
});

const depthwise = rule<Forward, Conv2DAttributes & Fused>(
  FLOAT,
  (emission, inputs, attrs, [output], node) => {
    const { x, filter, bias } = inputs;
    const shape = lastShape(x.shape, attrs);
    const { strides, dilations, pads } = windows(emission, node, shape, filter.shape, attrs, true);
    const [height, width, group, multiplier] = filter.shape as readonly [number, number, number, number];
    const channels = group * multiplier;
    const turned = emission.graph.transpose(emission.name(filter), [2, 3, 0, 1]);
    const weights = emission.graph.reshape(
      turned,
      [group, multiplier, height, width],
      [channels, 1, height, width],
    );
    const operands = [imageOf(emission, x, attrs), weights];
    if (bias) operands.push(vector(emission, bias, channels));
    const name = emission.graph.op("Conv", operands, { strides, dilations, pads, group });
    setImage(emission, output, finished(emission, name, inputs, attrs, channels, 4), attrs);
  },
);

/** A convolution backwards: the image whose convolution has the size of `dy`. */
const transposed = rule<{ dy: Value; filter: Value }, Attributes & { inputShape: Dims }>(
  FLOAT,
  (emission, { dy, filter }, attrs, [output], node) => {
    const rank = dy.shape.length;
    const shape = lastShape(output.shape, attrs);
    const spatial = windows(emission, node, shape, filter.shape, attrs);
    const { strides, dilations, begin, kernel, output: places, input } = spatial;
    // What the windows cover beyond the padding in front, and how much of it is wanted.
    const excess = input.map(
      (size, i) => (places[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - begin[i]! - size,
    );
    const end = excess.map((amount) => Math.max(0, amount));
    const more = excess.map((amount) => Math.max(0, -amount));
    const perm = [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)];
    const weights = emission.graph.transpose(emission.name(filter), perm);
    const name = emission.graph.op("ConvTranspose", [imageOf(emission, dy, attrs), weights], {
      strides,
      dilations,
      pads: [...begin, ...end],
      ...(more.some((size) => size > 0) ? { output_padding: more } : {}),
    });
    setImage(emission, output, name, attrs);
  },
);

/** Convolutions. */
export const convolutions: Rules = {
  Conv2D: conv,
  FusedConv2D: conv,
  Conv3D: conv,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  Conv2DBackpropInput: transposed,
  Conv3DBackpropInputV2: transposed,
};
