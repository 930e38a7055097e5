/** @file Reference cases of the convolutions. */
import { Conv, type ConvOptions, ConvTranspose, type ConvTransposeOptions, Rngs } from "@nnx-js/nn";
import { layer, type LayerUnderTest } from "../../golden.ts";

type Sizes = readonly number[];

const conv = (inputs: number, outputs: number, sizes: Sizes, options: Omit<ConvOptions, "rngs"> = {}) =>
  layer(() => new Conv(inputs, outputs, sizes, { rngs: new Rngs(0), ...options }));
const transposed = (sizes: Sizes, options: Omit<ConvTransposeOptions, "rngs">) =>
  layer(() => new ConvTranspose(4, 3, sizes, { rngs: new Rngs(0), ...options }));

export const CONVOLUTION: Record<string, LayerUnderTest> = {
  "Conv1D.SAME": conv(4, 3, [3]),
  "Conv1D.VALID": conv(4, 3, [3], { padding: "VALID" }),
  "Conv1D.CIRCULAR": conv(4, 3, [3], { padding: "CIRCULAR" }),
  "Conv1D.CAUSAL": conv(4, 3, [3], { padding: "CAUSAL" }),
  "Conv2D.SAME": conv(4, 3, [3, 3]),
  "Conv2D.VALID": conv(4, 3, [3, 3], { padding: "VALID" }),
  "Conv2D.CIRCULAR": conv(4, 3, [3, 3], { padding: "CIRCULAR" }),
  "Conv2D.strides2": conv(4, 3, [3, 3], { strides: 2 }),
  "Conv2D.dilation2": conv(4, 3, [3, 3], { kernelDilation: 2 }),
  "Conv2D.depthwise": conv(4, 8, [3, 3], { featureGroupCount: 4 }),
  "Conv2D.groups2": conv(4, 6, [3, 3], { featureGroupCount: 2 }),
  Conv3D: conv(2, 3, [2, 2, 2]),
  ConvTranspose1D: transposed([3], { strides: [2] }),
  ConvTranspose2D: transposed([3, 3], { strides: [2, 2] }),
  "ConvTranspose2D.VALID": transposed([3, 3], { padding: "VALID" }),
};
