/** @file Gradients of the convolutions in two and three dimensions and channel by channel, to any order. */
import * as tf from "@tensorflow/tfjs-core";
import { dilatedGradients, dilatedDepthwiseGradients } from "./dilated-convolution.ts";
import { gradient, type InputGradients } from "./gradient.ts";
import type { ConvolutionAttrs } from "../convolution/window-axes.ts";

/** A convolution is linear in its input and in its filter: of three kernels each gives the gradients of the others. */
interface Family {
  /** `x`, `filter` → `y`. */
  forward: string;
  /** `dy`, `filter` → the gradient of `x`. */
  ofInput: string;
  /** `x`, `dy` → the gradient of `filter`. */
  ofFilter: string;
  /** Attributes that `forward` must be given and that the other two may lack. */
  defaults: tf.NamedAttrMap;
  /** The gradients of `forward` where it is dilated, which the other two cannot be. */
  dilated: (dy: tf.Tensor, x: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs) => InputGradients;
}

const FAMILIES: Family[] = [
  {
    forward: tf.Conv2D,
    ofInput: tf.Conv2DBackpropInput,
    ofFilter: tf.Conv2DBackpropFilter,
    defaults: { dataFormat: "NHWC", dilations: [1, 1] },
    dilated: dilatedGradients,
  },
  {
    forward: tf.Conv3D,
    ofInput: tf.Conv3DBackpropInputV2,
    ofFilter: tf.Conv3DBackpropFilterV2,
    defaults: { dataFormat: "NDHWC", dilations: [1, 1, 1] },
    dilated: dilatedGradients,
  },
  {
    forward: tf.DepthwiseConv2dNative,
    ofInput: tf.DepthwiseConv2dNativeBackpropInput,
    ofFilter: tf.DepthwiseConv2dNativeBackpropFilter,
    defaults: { dataFormat: "NHWC", dilations: [1, 1] },
    dilated: dilatedDepthwiseGradients,
  },
];

export const convolutionGradients: tf.GradConfig[] = FAMILIES.flatMap((family) => {
  const run = (kernelName: string, inputs: tf.NamedTensorMap, attrs: ConvolutionAttrs, shape = {}) =>
    tf.engine().runKernel<tf.Tensor>(kernelName, inputs, { ...family.defaults, ...given(attrs), ...shape });
  const forward = (x: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs) =>
    run(family.forward, { x, filter }, attrs);
  const ofInput = (dy: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs, inputShape: number[]) =>
    run(family.ofInput, { dy, filter }, attrs, { inputShape });
  const ofFilter = (x: tf.Tensor, dy: tf.Tensor, attrs: ConvolutionAttrs, filterShape: number[]) =>
    run(family.ofFilter, { x, dy }, attrs, { filterShape });
  return [
    gradient<"x" | "filter", ConvolutionAttrs>(family.forward, ["x", "filter"], (dy, { x, filter }, attrs) =>
      isDilated(attrs)
        ? family.dilated(dy, x, filter, attrs)
        : {
            x: () => ofInput(dy, filter, attrs, x.shape),
            filter: () => ofFilter(x, dy, attrs, filter.shape),
          },
    ),
    gradient<"dy" | "filter", ConvolutionAttrs>(
      family.ofInput,
      ["dy", "filter"],
      (g, { dy, filter }, attrs) => ({
        dy: () => forward(g, filter, attrs),
        filter: () => ofFilter(g, dy, attrs, filter.shape),
      }),
    ),
    gradient<"x" | "dy", ConvolutionAttrs>(family.ofFilter, ["x", "dy"], (g, { x, dy }, attrs) => ({
      x: () => ofInput(dy, g, attrs, x.shape),
      dy: () => forward(x, g, attrs),
    })),
  ];
});

/** Without what is undefined: the operations hand on options that were not given. */
function given({ strides, pad, dataFormat, dimRoundingMode, dilations }: ConvolutionAttrs): tf.NamedAttrMap {
  return {
    strides,
    pad,
    ...(dataFormat && { dataFormat }),
    ...(dimRoundingMode && { dimRoundingMode }),
    ...(dilations && { dilations }),
  };
}

function isDilated({ dilations }: ConvolutionAttrs): boolean {
  return [dilations ?? 1].flat().some((dilation) => dilation > 1);
}
