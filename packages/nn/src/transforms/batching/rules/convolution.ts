/** @file Batching rules of convolutions, their gradients and morphological dilation. */
import * as tf from "@tensorflow/tfjs-core";
import { activated } from "../activated.ts";
import { folded, inLanes, launch, moveAxis, unfolded } from "../operands.ts";
import { type BatchCall, type BatchResult, type BatchRules, share } from "../rule.ts";

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

/** More images for one filter, or more filters for the same images; what has both is convolved lane by lane. */
function convolution(call: BatchCall, kernelName: string): tf.Tensor {
  const { inputs, attrs, lanes } = call;
  const [x, filter] = [inputs["x"]!, inputs["filter"]!];
  if (!filter.isBatched) return ofMoreImages(call, kernelName);
  if (x.isBatched || !isChannelsLast(call)) return loopedConvolution(call, kernelName);
  const y = launch(kernelName, { x: x.tensor, filter: intoChannels(filter.tensor) }, attrs);
  return fromChannels(y, lanes.size);
}

function ofMoreImages({ inputs, attrs, lanes }: BatchCall, kernelName: string): tf.Tensor {
  const [x, filter] = [inputs["x"]!, inputs["filter"]!];
  // Of a fused kernel only the bias may have lanes.
  if (!x.isBatched) return launch(kernelName, { x: x.tensor, filter: filter.tensor }, attrs);
  return unfolded(launch(kernelName, { x: folded(x.tensor), filter: filter.tensor }, attrs), lanes.size);
}

function loopedConvolution({ inputs, loop }: BatchCall, kernelName: string): tf.Tensor {
  return loop(kernelName, { x: inputs["x"]!, filter: inputs["filter"]! })[0]!.tensor;
}

/** Channels have nothing to do with each other: those of all lanes are so many more. */
function depthwise(call: BatchCall, kernelName: string): tf.Tensor {
  const { inputs, attrs, lanes } = call;
  const [x, filter] = [inputs["x"]!, inputs["filter"]!];
  if (!filter.isBatched) return ofMoreImages(call, kernelName);
  if (!isChannelsLast(call)) return loopedConvolution(call, kernelName);
  const channels = { x: intoChannels(inLanes(x, lanes.size)), filter: intoChannels(filter.tensor, 1) };
  return fromChannels(launch(kernelName, channels, attrs), lanes.size);
}

function ofInput(call: BatchCall): BatchResult {
  const { kernelName, inputs, attrs, lanes } = call;
  const [dy, filter] = [inputs["dy"]!, inputs["filter"]!];
  if (filter.isBatched) return call.loop();
  const [n, ...rest] = (attrs as { inputShape: number[] }).inputShape;
  const dx = launch(
    kernelName,
    { dy: folded(dy.tensor), filter: filter.tensor },
    { ...attrs, inputShape: [n! * lanes.size, ...rest] },
  );
  return unfolded(dx, lanes.size);
}

/** More input channels, or more output channels; what has both is looped over. */
function ofFilter(call: BatchCall): BatchResult {
  const { kernelName, inputs, attrs, lanes } = call;
  const [x, dy] = [inputs["x"]!, inputs["dy"]!];
  if ((x.isBatched && dy.isBatched) || !isChannelsLast(call)) return call.loop();
  const after = x.isBatched ? 1 : 0;
  const filterShape = withChannels((attrs as { filterShape: number[] }).filterShape, lanes.size, after);
  const wide = {
    x: x.isBatched ? intoChannels(x.tensor) : x.tensor,
    dy: dy.isBatched ? intoChannels(dy.tensor) : dy.tensor,
  };
  return fromChannels(launch(kernelName, wide, { ...attrs, filterShape }), lanes.size, after);
}

function depthwiseOfInput(call: BatchCall): BatchResult {
  const { kernelName, inputs, attrs, lanes } = call;
  if (!inputs["filter"]!.isBatched) return ofInput(call);
  if (!isChannelsLast(call)) return call.loop();
  const inputShape = withChannels((attrs as { inputShape: number[] }).inputShape, lanes.size);
  const wide = {
    dy: intoChannels(inLanes(inputs["dy"]!, lanes.size)),
    filter: intoChannels(inputs["filter"]!.tensor, 1),
  };
  return fromChannels(launch(kernelName, wide, { ...attrs, inputShape }), lanes.size);
}

function depthwiseOfFilter(call: BatchCall): BatchResult {
  const { kernelName, inputs, attrs, lanes } = call;
  if (!isChannelsLast(call)) return call.loop();
  const filterShape = withChannels((attrs as { filterShape: number[] }).filterShape, lanes.size, 1);
  const wide = {
    x: intoChannels(inLanes(inputs["x"]!, lanes.size)),
    dy: intoChannels(inLanes(inputs["dy"]!, lanes.size)),
  };
  return fromChannels(launch(kernelName, wide, { ...attrs, filterShape }), lanes.size, 1);
}

/** Dilation and its gradients: channels have nothing to do with each other, as above. */
function dilation({ kernelName, inputs, attrs, lanes }: BatchCall): BatchResult {
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
