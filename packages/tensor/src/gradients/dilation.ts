/** @file Gradient of grey-scale dilation, on every backend and to any order. */
import * as tf from "@tensorflow/tfjs-core";
import { dilationGradientOfFilter, dilationGradientOfInput } from "../convolution/morphological.ts";
import type { ConvolutionAttrs } from "../convolution/window-axes.ts";
import { float, gradient } from "./gradient.ts";

// Built from operations: webgl has no kernels for it, wasm's are wrong, and none could be differentiated again.
export const dilationGradients: tf.GradConfig[] = [
  gradient<"x" | "filter", ConvolutionAttrs>(tf.Dilation2D, ["x", "filter"], (dy, { x, filter }, attrs) => ({
    x: () => dilationGradientOfInput(dy, float(x), float(filter), attrs),
    filter: () => dilationGradientOfFilter(dy, float(x), float(filter), attrs),
  })),
];
