/** @file Grey-scale dilation and its gradients made of operations, for backends that get it wrong or lack it. */
import * as tf from "@tensorflow/tfjs-core";
import {
  dilate,
  dilationGradientOfFilter,
  dilationGradientOfInput,
} from "../../convolution/morphological.ts";
import type { ConvolutionAttrs } from "../../convolution/window-axes.ts";
import { composed } from "../composed.ts";

export const dilation = composed<"x" | "filter", ConvolutionAttrs>(({ x, filter }, attrs) =>
  // Padding is below all numbers of the input only where these are float32.
  tf.cast(dilate(tf.cast(x, "float32"), tf.cast(filter, "float32"), attrs), x.dtype),
);

export const dilationBackpropInput = composed<"x" | "filter" | "dy", ConvolutionAttrs>(
  ({ x, filter, dy }, attrs) => dilationGradientOfInput(dy, x, filter, attrs),
);

export const dilationBackpropFilter = composed<"x" | "filter" | "dy", ConvolutionAttrs>(
  ({ x, filter, dy }, attrs) => dilationGradientOfFilter(dy, x, filter, attrs),
);
