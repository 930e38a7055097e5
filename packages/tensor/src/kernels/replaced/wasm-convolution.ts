/** @file The convolutions of the wasm backend: padding that it gets wrong, gradients that it gets wrong or is slow at. */
import * as tf from "@tensorflow/tfjs-core";
import { gradientOfFilter, gradientOfInput } from "../../convolution/adjoint.ts";
import { axesOf, type ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { compose } from "../compose.ts";
import { composed } from "../composed.ts";
import { convolutionIfLong } from "../convolution/long.ts";
import { depthwiseIfLong } from "../convolution/long-depthwise.ts";
import { fusedIfLong } from "../convolution/long-fused.ts";
import { wasm } from "../hosts/wasm.ts";
import { isLong } from "../sums/long.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

/**
 * Says the padding in numbers. The backend's own "same" reads outside the input where a stride is larger than the
 * window, and it knows nothing of output sizes that are rounded up.
 */
const withExplicitPadding: Replacement = (original) => (params) => {
  // The kernel's own inputs and attributes, which the registry hands over untyped.
  const { x, filter } = params.inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
  const attrs = params.attrs as unknown as ConvolutionAttrs;
  if (attrs.pad === "valid" || attrs.dataFormat === "NCHW") return original(params);
  const paddings = axesOf(x.shape, filter.shape, attrs).map(
    ({ input, output, size, stride, dilation, low }) => {
      const high = (output - 1) * stride + (size - 1) * dilation + 1 - input - low;
      return [low, Math.max(0, high)] as [number, number];
    },
  );
  const pad = [[0, 0], ...paddings, [0, 0]] as unknown as string;
  return original({ ...params, attrs: { ...params.attrs, pad, dimRoundingMode: "floor" } });
};

type InputAttrs = ConvolutionAttrs & { inputShape: number[] };
type FilterAttrs = ConvolutionAttrs & { filterShape: number[] };

const ofInput = composed<"dy" | "filter", InputAttrs>(({ dy, filter }, { inputShape, ...attrs }) =>
  gradientOfInput(dy, filter, axesOf(inputShape, filter.shape, attrs)),
);

const ofFilter = composed<"x" | "dy", FilterAttrs>(({ x, dy }, { filterShape, ...attrs }) =>
  gradientOfFilter(x, dy, axesOf(x.shape, filterShape, attrs)),
);

/**
 * Strides whose product is larger stretch `dy` so far that a convolution multiplies more zeros than it saves.
 * Measured for 3x3, 32 to 64 channels, stride 1: the backend's own kernel takes 210 ms, a convolution 26 ms.
 */
const MOST_STRETCHED = 4;

const convolutionUnlessStretched: Replacement = (original) => (params) => {
  const { strides, dataFormat } = params.attrs as unknown as InputAttrs;
  const [down = 1, right = down] = [strides].flat();
  if (dataFormat === "NCHW") return original(params);
  const { filter } = params.inputs as { filter: tf.TensorInfo };
  const [height = 1, width = 1, , outputs = 1] = filter.shape;
  const isStretched = down * right > MOST_STRETCHED && !isLong(height * width * outputs);
  return isStretched ? original(params) : ofInput(params);
};

/** A clamp that is fused to a convolution gives its bound for NaN. */
function clampingApart(kernelName: string): Replacement {
  return (original) => (call) => {
    const { activation } = call.attrs as unknown as tf.FusedConv2DAttrs;
    const clamp = activation === "relu" ? tf.Relu : activation === "relu6" ? tf.Relu6 : undefined;
    if (!clamp) return original(call);
    return compose(call.backend as tf.KernelBackend, "wasm", (run) => {
      const x = run(kernelName, call.inputs, { ...call.attrs, activation: "linear" }, original);
      return run(clamp, { x });
    });
  };
}

/** Replaces the convolutions and their gradients. */
export const wasmConvolution: readonly ReplacedKernel[] = [
  [tf.Conv2D, withExplicitPadding],
  [tf.FusedConv2D, withExplicitPadding],
  [tf.FusedConv2D, clampingApart(tf.FusedConv2D)],
  [tf.DepthwiseConv2dNative, withExplicitPadding],
  [tf.FusedDepthwiseConv2D, withExplicitPadding],
  [tf.FusedDepthwiseConv2D, clampingApart(tf.FusedDepthwiseConv2D)],
  [tf.Conv2D, convolutionIfLong(wasm)],
  [tf.Conv3D, convolutionIfLong(wasm)],
  [tf.DepthwiseConv2dNative, depthwiseIfLong(wasm)],
  ...fusedIfLong(wasm.backendName),
  [tf.Conv2DBackpropInput, convolutionUnlessStretched],
  // Its own looks for the depth of the output where the height is.
  [tf.Conv3DBackpropInputV2, () => ofInput],
  // Its own forgets where strides end.
  [tf.Conv3DBackpropFilterV2, () => ofFilter],
];
