/** @file Gradients of convolutions whose filter is dilated, which TensorFlow.js lacks. */
import * as tf from "@tensorflow/tfjs-core";
import {
  depthwiseGradientOfFilter,
  depthwiseGradientOfInput,
  gradientOfFilter,
  gradientOfInput,
} from "../convolution/adjoint.ts";
import { axesOf, type ConvolutionAttrs } from "../convolution/window-axes.ts";
import type { InputGradients } from "./gradient.ts";

/**
 * The gradients of a convolution in two or three dimensions.
 *
 * They are convolutions, and cost what the convolution costs; a filter with zeros between its elements, for kernels
 * that cannot dilate, would cost the product of the dilations more.
 */
export function dilatedGradients(
  dy: tf.Tensor,
  x: tf.Tensor,
  filter: tf.Tensor,
  attrs: ConvolutionAttrs,
): InputGradients {
  if (attrs.dataFormat?.startsWith("NC")) return channelsFirst(dy, x, filter, attrs);
  const axes = axesOf(x.shape, filter.shape, attrs);
  return {
    x: () => gradientOfInput(dy, filter, axes),
    filter: () => gradientOfFilter(x, dy, axes),
  };
}

/** The gradients of a convolution channel by channel. */
export function dilatedDepthwiseGradients(
  dy: tf.Tensor,
  x: tf.Tensor,
  filter: tf.Tensor,
  attrs: ConvolutionAttrs,
): InputGradients {
  const axes = axesOf(x.shape, filter.shape, attrs);
  return {
    x: () => depthwiseGradientOfInput(dy, filter, axes),
    filter: () => depthwiseGradientOfFilter(x, dy, axes),
  };
}

/** The same with the channels moved to the end and back. */
function channelsFirst(
  dy: tf.Tensor,
  x: tf.Tensor,
  filter: tf.Tensor,
  attrs: ConvolutionAttrs,
): InputGradients {
  const spatial = Array.from({ length: x.rank - 2 }, (_, i) => i + 2);
  const toLast = (t: tf.Tensor) => tf.transpose(t, [0, ...spatial, 1]);
  const { pad } = attrs;
  const gradients = dilatedGradients(toLast(dy), toLast(x), filter, {
    ...attrs,
    dataFormat: x.rank === 5 ? "NDHWC" : "NHWC",
    // Explicit paddings are given for each axis of the input.
    pad: Array.isArray(pad) ? ([pad[0], pad[2], pad[3], pad[1]] as typeof pad) : pad,
  });
  return {
    ...gradients,
    x: () => tf.transpose(gradients["x"]!(), [0, x.rank - 1, ...spatial.map((axis) => axis - 1)]),
  };
}
