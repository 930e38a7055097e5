/** @file Grey-scale dilation on wasm, whose own starts its maximum at the smallest positive number, not at the lowest. */
import * as tf from "@tensorflow/tfjs-core";
import {
  dilate,
  dilationGradientOfFilter,
  dilationGradientOfInput,
} from "../../convolution/morphological.ts";
import type { ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";
import type { ReplacedKernel } from "./replacement.ts";

const dilation = composed<"x" | "filter", ConvolutionAttrs>(({ x, filter }, attrs) =>
  // Padding is below all numbers of the input only where these are float32.
  tf.cast(dilate(tf.cast(x, "float32"), tf.cast(filter, "float32"), attrs), x.dtype),
);

const ofInput = composed<"x" | "filter" | "dy", ConvolutionAttrs>(({ x, filter, dy }, attrs) =>
  dilationGradientOfInput(dy, x, filter, attrs),
);

const ofFilter = composed<"x" | "filter" | "dy", ConvolutionAttrs>(({ x, filter, dy }, attrs) =>
  dilationGradientOfFilter(dy, x, filter, attrs),
);

/** Replaces dilation and the kernels of its gradients. */
export const wasmDilation: readonly ReplacedKernel[] = [
  [tf.Dilation2D, () => dilation],
  [tf.Dilation2DBackpropInput, () => ofInput],
  [tf.Dilation2DBackpropFilter, () => ofFilter],
];
