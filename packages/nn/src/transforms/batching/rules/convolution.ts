/** @file Batching rules of convolutions, their gradients and morphological dilation. */
import * as tf from "@tensorflow/tfjs-core";
import { activated } from "../activated.ts";
import { folded, inLanes, launch, moveAxis, unfolded } from "../operands.ts";
import { type BatchCall, type BatchRules, share } from "../rule.ts";
import { rowsOfWindows, spaced, windowsOf, windowsOfGradient } from "../windows.ts";

/** Whether channels are the last axis, as the rules below have it. */
function isChannelsLast({ attrs }: BatchCall): boolean {
  const { dataFormat } = attrs as { dataFormat?: string };
  return dataFormat === undefined || dataFormat === "NHWC" || dataFormat === "NDHWC";
}

/** `[lanes, ..., c]` as `[..., lanes * c]`, or with `after` axes behind the channels. */
function intoChannels(x: tf.Tensor, after = 0): tf.Tensor {
  const moved = moveAxis(x, 0, x.rank - 2 - after);
  const { shape } = moved;
  const at = shape.length - 2 - after;
  return tf.reshape(moved, [...shape.slice(0, at), shape[at]! * shape[at + 1]!, ...shape.slice(at + 2)]);
}

/** Takes {@link intoChannels} back. */
function fromChannels(x: tf.Tensor, lanes: number, after = 0): tf.Tensor {
  const at = x.rank - 1 - after;
  const { shape } = x;
  const parts = tf.reshape(x, [...shape.slice(0, at), lanes, shape[at]! / lanes, ...shape.slice(at + 1)]);
  return moveAxis(parts, at, 0);
}

/** `shape` with another number of channels. */
function withChannels(shape: readonly number[], lanes: number, after = 0): number[] {
  return shape.map((size, axis) => (axis === shape.length - 1 - after ? size * lanes : size));
}

/** More images for one filter, or more filters for the same images; what has both is a product of windows. */
function convolution(call: BatchCall, kernelName: string): tf.Tensor {
  const { inputs, attrs, lanes } = call;
  const [x, filter] = [inputs["x"]!, inputs["filter"]!];
  if (!filter.isBatched) return ofMoreImages(call, kernelName);
  if (!isChannelsLast(call)) return turned(call, (other) => convolution(other, kernelName));
  if (x.isBatched) return ofWindows(call);
  const y = launch(kernelName, { x: x.tensor, filter: intoChannels(filter.tensor) }, attrs);
  return fromChannels(y, lanes.size);
}

/** Each lane has images and a filter of its own: its windows times the filter. */
function ofWindows({ inputs, attrs, outputs, lanes }: BatchCall): tf.Tensor {
  const [x, filter] = [inputs["x"]!.tensor, inputs["filter"]!.tensor];
  const windows = windowsOf(x.shape.slice(1), filter.shape.slice(1), outputs[0]!.shape, attrs);
  const rows = rowsOfWindows(folded(x), windows);
  const y = tf.matMul(inMatrices(rows, lanes.size), matricesOf(filter));
  return tf.reshape(y, [lanes.size, x.shape[1]!, ...windows.count, filter.shape.at(-1)!]);
}

/** All axes between the lanes and the last one as one. */
function inMatrices(x: tf.Tensor, lanes: number): tf.Tensor3D {
  const columns = x.shape.at(-1)!;
  return tf.reshape(x, [lanes, x.size / (lanes * columns), columns]);
}

/** `[lanes, ...kernel, c, k]` as `[lanes, kernel * c, k]`. */
function matricesOf(filter: tf.Tensor): tf.Tensor3D {
  return inMatrices(filter, filter.shape[0]);
}

/** The inputs that have channels among their axes. */
const IMAGES: ReadonlySet<string> = new Set(["x", "dy"]);

/** What belongs to the second of several axes as what belongs to the last. */
function last<T>([n, c, ...rest]: readonly T[]): T[] {
  return [n!, ...rest, c!];
}

/** A call with the channels last, whose result has them first again. */
function turned(call: BatchCall, rule: (call: BatchCall) => tf.Tensor): tf.Tensor {
  const inputs = Object.entries(call.inputs).map(([name, { tensor, isBatched }]) => {
    if (!IMAGES.has(name)) return [name, { tensor, isBatched }] as const;
    const axes = [...tensor.shape.keys()];
    const perm = isBatched ? [0, ...last(axes.slice(1))] : last(axes);
    return [name, { tensor: tf.transpose(tensor, perm), isBatched }] as const;
  });
  const { pad, inputShape, ...attrs } = call.attrs as { pad: unknown; inputShape?: number[] };
  const result = rule({
    ...call,
    inputs: Object.fromEntries(inputs),
    outputs: call.outputs.map((output) => ({ ...output, shape: last(output.shape) })),
    attrs: {
      ...attrs,
      pad: (Array.isArray(pad) ? last(pad) : pad) as tf.NamedAttrMap[string],
      ...(inputShape && { inputShape: last(inputShape) }),
      dataFormat: "NHWC",
    },
  });
  if (call.kernelName.endsWith("BackpropFilter")) return result;
  const axes = [...result.shape.keys()];
  return tf.transpose(result, [0, 1, axes.length - 1, ...axes.slice(2, -1)]);
}

function ofMoreImages({ inputs, attrs, lanes }: BatchCall, kernelName: string): tf.Tensor {
  const [x, filter] = [inputs["x"]!, inputs["filter"]!];
  // Of a fused kernel only the bias may have lanes.
  if (!x.isBatched) return launch(kernelName, { x: x.tensor, filter: filter.tensor }, attrs);
  return unfolded(launch(kernelName, { x: folded(x.tensor), filter: filter.tensor }, attrs), lanes.size);
}

/** Channels have nothing to do with each other: those of all lanes are so many more. */
function depthwise(call: BatchCall, kernelName: string): tf.Tensor {
  const { inputs, attrs, lanes } = call;
  const [x, filter] = [inputs["x"]!, inputs["filter"]!];
  if (!filter.isBatched) return ofMoreImages(call, kernelName);
  if (!isChannelsLast(call)) return turned(call, (other) => depthwise(other, kernelName));
  const channels = { x: intoChannels(inLanes(x, lanes.size)), filter: intoChannels(filter.tensor, 1) };
  return fromChannels(launch(kernelName, channels, attrs), lanes.size);
}

function ofInput(call: BatchCall): tf.Tensor {
  const { kernelName, inputs, attrs, lanes } = call;
  const [dy, filter] = [inputs["dy"]!, inputs["filter"]!];
  const { inputShape } = attrs as { inputShape: number[] };
  if (filter.isBatched) return isChannelsLast(call) ? ofInputWindows(call) : turned(call, ofInput);
  const [n, ...rest] = inputShape;
  const dx = launch(
    kernelName,
    { dy: folded(dy.tensor), filter: filter.tensor },
    { ...attrs, inputShape: [n! * lanes.size, ...rest] },
  );
  return unfolded(dx, lanes.size);
}

/** Each lane has a filter of its own: the windows of the gradient, with the filter the other way round. */
function ofInputWindows({ inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const dy = inLanes(inputs["dy"]!, lanes.size);
  const filter = inputs["filter"]!.tensor;
  const { inputShape } = attrs as { inputShape: number[] };
  const windows = windowsOf(inputShape, filter.shape.slice(1), dy.shape.slice(1), attrs);
  const apart = spaced(folded(dy), windows.strides);
  const rows = rowsOfWindows(apart, windowsOfGradient(inputShape.slice(1, -1), windows), true);
  const [c, k] = filter.shape.slice(-2);
  const exchanged = tf.transpose(tf.reshape(filter, [lanes.size, -1, c!, k!]), [0, 1, 3, 2]);
  const dx = tf.matMul(inMatrices(rows, lanes.size), matricesOf(exchanged));
  return tf.reshape(dx, [lanes.size, ...inputShape]);
}

/** More input channels, or more output channels; what has both is a product of windows. */
function ofFilter(call: BatchCall): tf.Tensor {
  const { kernelName, inputs, attrs, lanes } = call;
  const [x, dy] = [inputs["x"]!, inputs["dy"]!];
  if (!isChannelsLast(call)) return turned(call, ofFilter);
  const { filterShape } = attrs as { filterShape: number[] };
  if (x.isBatched && dy.isBatched) {
    const [image, result] = [x.tensor.shape.slice(1), dy.tensor.shape.slice(1)];
    const rows = rowsOfWindows(folded(x.tensor), windowsOf(image, filterShape, result, attrs));
    const products = tf.matMul(inMatrices(rows, lanes.size), inMatrices(dy.tensor, lanes.size), true);
    return tf.reshape(products, [lanes.size, ...filterShape]);
  }
  const after = x.isBatched ? 1 : 0;
  const wide = {
    x: x.isBatched ? intoChannels(x.tensor) : x.tensor,
    dy: dy.isBatched ? intoChannels(dy.tensor) : dy.tensor,
  };
  const widened = { ...attrs, filterShape: withChannels(filterShape, lanes.size, after) };
  return fromChannels(launch(kernelName, wide, widened), lanes.size, after);
}

function depthwiseOfInput(call: BatchCall): tf.Tensor {
  const { kernelName, inputs, attrs, lanes } = call;
  if (!inputs["filter"]!.isBatched) return ofInput(call);
  if (!isChannelsLast(call)) return turned(call, depthwiseOfInput);
  const inputShape = withChannels((attrs as { inputShape: number[] }).inputShape, lanes.size);
  const wide = {
    dy: intoChannels(inLanes(inputs["dy"]!, lanes.size)),
    filter: intoChannels(inputs["filter"]!.tensor, 1),
  };
  return fromChannels(launch(kernelName, wide, { ...attrs, inputShape }), lanes.size);
}

function depthwiseOfFilter(call: BatchCall): tf.Tensor {
  const { kernelName, inputs, attrs, lanes } = call;
  if (!isChannelsLast(call)) return turned(call, depthwiseOfFilter);
  const filterShape = withChannels((attrs as { filterShape: number[] }).filterShape, lanes.size, 1);
  const wide = {
    x: intoChannels(inLanes(inputs["x"]!, lanes.size)),
    dy: intoChannels(inLanes(inputs["dy"]!, lanes.size)),
  };
  return fromChannels(launch(kernelName, wide, { ...attrs, filterShape }), lanes.size, 1);
}

/** Dilation and its gradients: channels have nothing to do with each other, as above. */
function dilation({ kernelName, inputs, attrs, lanes }: BatchCall): tf.Tensor {
  const wide = Object.entries(inputs).map(
    ([name, input]) => [name, intoChannels(inLanes(input, lanes.size))] as const,
  );
  return fromChannels(launch(kernelName, Object.fromEntries(wide), attrs), lanes.size);
}

/** Rules of fused convolutions, which are asked also where nothing is batched. */
export const fusedConvolutionRules: BatchRules = {
  FusedConv2D: (call) => activated(call, () => convolution(call, tf.Conv2D)),
  FusedDepthwiseConv2D: (call) => activated(call, () => depthwise(call, tf.DepthwiseConv2dNative)),
};

/** Rules of 2-D, 3-D and depthwise convolutions, of their gradients and of dilation. */
export const convolutionRules: BatchRules = {
  Conv2D: (call) => convolution(call, tf.Conv2D),
  Conv3D: (call) => convolution(call, tf.Conv3D),
  DepthwiseConv2dNative: (call) => depthwise(call, tf.DepthwiseConv2dNative),
  ...share(["Conv2DBackpropFilter", "Conv3DBackpropFilterV2"], ofFilter),
  ...share(["Conv2DBackpropInput", "Conv3DBackpropInputV2"], ofInput),
  DepthwiseConv2dNativeBackpropFilter: depthwiseOfFilter,
  DepthwiseConv2dNativeBackpropInput: depthwiseOfInput,
  ...share(["Dilation2D", "Dilation2DBackpropFilter", "Dilation2DBackpropInput"], dilation),
};
