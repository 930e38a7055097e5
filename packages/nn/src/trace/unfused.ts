/** @file Fused kernels, which have no gradient, as the kernels that they are made of. */
import * as tf from "@tensorflow/tfjs-core";

/** The kernel that computes the product of a fused one, and the inputs that it takes. */
const PRODUCTS: Readonly<Record<string, readonly [kernelName: string, inputs: readonly string[]]>> = {
  _FusedMatMul: ["BatchMatMul", ["a", "b"]],
  FusedConv2D: ["Conv2D", ["x", "filter"]],
  FusedDepthwiseConv2D: ["DepthwiseConv2dNative", ["x", "filter"]],
};

const ACTIVATIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  linear: (x) => x,
  elu: tf.elu,
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
};

/** Whether a kernel is fused: {@link unfused} runs it by others. */
export function isFused(kernelName: string): boolean {
  return kernelName in PRODUCTS;
}

/** Product, bias and activation of a fused kernel, by kernels that can be differentiated. */
export function unfused(
  fused: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<tf.NamedAttrMap>,
): tf.Tensor {
  const [kernelName, names] = PRODUCTS[fused]!;
  const { activation = "linear", leakyreluAlpha = 0.2 } = attrs as {
    activation?: string;
    leakyreluAlpha?: number;
  };
  const { bias, preluActivationWeights: alpha } = inputs;
  const given = Object.fromEntries(names.map((name) => [name, inputs[name]!]));
  let y: tf.Tensor = tf.engine().runKernel(kernelName, given, { ...attrs });
  // With channels first, a bias of one axis belongs to the axis of channels.
  const isFirst = attrs["dataFormat"] === "NCHW";
  const along = (x: tf.Tensor) => (isFirst && x.rank === 1 ? tf.reshape(x, [-1, 1, 1]) : x);
  if (bias) y = tf.add(y, along(bias));
  if (activation === "prelu" && alpha) return tf.prelu(y, along(alpha));
  if (activation === "leakyrelu") return tf.leakyRelu(y, leakyreluAlpha);
  return ACTIVATIONS[activation]!(y);
}
