/** @file Padding by one number, where TensorFlow.js takes every window for a square and every stride for the one down. */
import * as tf from "@tensorflow/tfjs-core";
import type { ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { paddingSides } from "../../convolution/numeric-pad.ts";
import type { ReplacedKernel, Replacement } from "./replacement.ts";

const saidForEachSide: Replacement = (original) => (call) => {
  // The registry erases the types that `runKernel` was called with.
  const { pad, dataFormat } = call.attrs as unknown as ConvolutionAttrs;
  if (typeof pad !== "number") return original(call);
  return original({ ...call, attrs: { ...call.attrs, pad: paddingSides(pad, dataFormat) } });
};

/** Replaces the convolutions, poolings and dilations of a backend with windows of two axes, and their gradients. */
export const numericPad: readonly ReplacedKernel[] = [
  tf.Conv2D,
  tf.Conv2DBackpropFilter,
  tf.Conv2DBackpropInput,
  tf.DepthwiseConv2dNative,
  tf.DepthwiseConv2dNativeBackpropFilter,
  tf.DepthwiseConv2dNativeBackpropInput,
  tf.Dilation2D,
  tf.Dilation2DBackpropFilter,
  tf.Dilation2DBackpropInput,
  tf.FusedConv2D,
  tf.FusedDepthwiseConv2D,
  tf.AvgPool,
  tf.AvgPoolGrad,
  tf.MaxPool,
  tf.MaxPoolGrad,
  tf.MaxPoolWithArgmax,
].map((name): ReplacedKernel => [name, saidForEachSide]);
