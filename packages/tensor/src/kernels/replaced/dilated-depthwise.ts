/** @file Gradients of dilated convolutions channel by channel, for which TensorFlow.js's kernels forget the dilations. */
import * as tf from "@tensorflow/tfjs-core";
import { depthwiseGradientOfFilter, depthwiseGradientOfInput } from "../../convolution/adjoint.ts";
import { axesOf, type ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

type InputAttrs = ConvolutionAttrs & { inputShape: number[] };
type FilterAttrs = ConvolutionAttrs & { filterShape: number[] };

const ofInput = composed<"dy" | "filter", InputAttrs>(({ dy, filter }, { inputShape, ...attrs }) =>
  depthwiseGradientOfInput(dy, filter, axesOf(inputShape, filter.shape, attrs)),
);

const ofFilter = composed<"x" | "dy", FilterAttrs>(({ x, dy }, { filterShape, ...attrs }) =>
  depthwiseGradientOfFilter(x, dy, axesOf(x.shape, filterShape, attrs)),
);

const whereDilated =
  (ours: tf.KernelFunc): Replacement =>
  (original) =>
  (call) => {
    // The registry erases the types that `runKernel` was called with.
    const { dilations } = call.attrs as unknown as ConvolutionAttrs;
    return [dilations ?? 1].flat().some((dilation) => dilation > 1) ? ours(call) : original(call);
  };

/** Replaces the gradients of a backend's convolution channel by channel. */
export const dilatedDepthwise: readonly ReplacedKernel[] = [
  [tf.DepthwiseConv2dNativeBackpropInput, whereDilated(ofInput)],
  [tf.DepthwiseConv2dNativeBackpropFilter, whereDilated(ofFilter)],
];
