/** @file What fused kernels do after their product: bias and activation. */
import * as tf from "@tensorflow/tfjs-core";
import { aligned } from "./operands.ts";
import type { BatchCall } from "./rule.ts";

/** The activations that TensorFlow.js fuses, but for prelu and leakyrelu. */
const ACTIVATIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  elu: tf.elu,
  linear: (x) => x,
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
};

/** The product in lanes, with the bias and the activation of a fused launch. */
export function activated({ inputs, attrs, outputs, loop }: BatchCall, product: () => tf.Tensor): tf.Tensor {
  const {
    activation = "linear",
    leakyreluAlpha = 0.2,
    dataFormat,
  } = attrs as {
    activation?: string;
    leakyreluAlpha?: number;
    dataFormat?: string;
  };
  const { bias, preluActivationWeights: alpha } = inputs;
  const isChannelsFirst = dataFormat === "NCHW" && (bias !== undefined || alpha !== undefined);
  const isKnown = activation in ACTIVATIONS || activation === "prelu" || activation === "leakyrelu";
  if (isChannelsFirst || !isKnown) return loop()[0]!.tensor;
  const rank = outputs[0]!.shape.length;
  let y = product();
  if (bias) y = tf.add(y, aligned(bias, rank));
  if (activation === "prelu" && alpha) return tf.prelu(y, aligned(alpha, rank));
  if (activation === "leakyrelu") return tf.leakyRelu(y, leakyreluAlpha);
  return ACTIVATIONS[activation]?.(y) ?? y;
}
