/** @file The gradient kernels of convolutions that the wasm backend lacks, made of its fast convolution. */
import * as tf from "@tensorflow/tfjs-core";
import {
  depthwiseGradientOfFilter,
  depthwiseGradientOfInput,
  gradientOfFilter,
} from "../../convolution/adjoint.ts";
import { axesOf, type ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";

/** By the name of the kernel. */
export const convolutionBackpropOnWasm: Record<string, tf.KernelFunc> = {
  [tf.Conv2DBackpropFilter]: composed<"x" | "dy", ConvolutionAttrs & { filterShape: number[] }>(
    ({ x, dy }, { filterShape, ...attrs }) => gradientOfFilter(x, dy, axesOf(x.shape, filterShape, attrs)),
  ),
  [tf.DepthwiseConv2dNativeBackpropFilter]: composed<
    "x" | "dy",
    ConvolutionAttrs & { filterShape: number[] }
  >(({ x, dy }, { filterShape, ...attrs }) =>
    depthwiseGradientOfFilter(x, dy, axesOf(x.shape, filterShape, attrs)),
  ),
  [tf.DepthwiseConv2dNativeBackpropInput]: composed<
    "dy" | "filter",
    ConvolutionAttrs & { inputShape: number[] }
  >(({ dy, filter }, { inputShape, ...attrs }) =>
    depthwiseGradientOfInput(dy, filter, axesOf(inputShape, filter.shape, attrs)),
  ),
};
