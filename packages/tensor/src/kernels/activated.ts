/** @file What is fused to products and convolutions, by kernels of its own. */
import * as tf from "@tensorflow/tfjs-core";
import type { RunKernel } from "./compose.ts";

/** What a fused kernel does after its product or convolution. */
export interface Fusion {
  activation: string;
  bias?: tf.TensorInfo | undefined;
  preluActivationWeights?: tf.TensorInfo | undefined;
  leakyreluAlpha?: number | undefined;
}

const KERNELS: Partial<Record<string, string>> = {
  elu: tf.Elu,
  relu: tf.Relu,
  relu6: tf.Relu6,
  sigmoid: tf.Sigmoid,
};

/** `x` with the bias added, through the activation. */
export function activated(
  run: RunKernel,
  x: tf.TensorInfo,
  { activation, bias, preluActivationWeights, leakyreluAlpha }: Fusion,
): tf.TensorInfo {
  const y = bias ? run(tf.Add, { a: x, b: bias }) : x;
  if (activation === "linear") return y;
  if (activation === "prelu") return run(tf.Prelu, { x: y, alpha: preluActivationWeights });
  if (activation === "leakyrelu") return run(tf.LeakyRelu, { x: y }, { alpha: leakyreluAlpha ?? 0 });
  const kernel = KERNELS[activation];
  if (!kernel) throw new Error(`fused: there is no activation ${activation}`);
  return run(kernel, { x: y });
}
