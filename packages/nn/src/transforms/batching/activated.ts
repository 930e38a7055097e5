/** @file What fused kernels do after their product: bias and activation. */
import * as tf from "@tensorflow/tfjs-core";
import { aligned, inLanes, laneShape } from "./operands.ts";
import type { Batched, BatchCall } from "./rule.ts";

/** The activations that TensorFlow.js fuses, but for prelu and leakyrelu. */
const ACTIVATIONS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  elu: tf.elu,
  linear: (x) => x,
  relu: tf.relu,
  relu6: tf.relu6,
  sigmoid: tf.sigmoid,
};

/**
 * The product in lanes, with the bias and the activation of a fused launch. Tapes know no gradient of fused kernels, so
 * that those that have no lanes are taken apart, too.
 */
export function activated({ inputs, attrs, outputs, lanes }: BatchCall, product: () => tf.Tensor): Batched[] {
  const {
    activation = "linear",
    leakyreluAlpha = 0.2,
    dataFormat,
  } = attrs as { activation?: string; leakyreluAlpha?: number; dataFormat?: string };
  const rank = outputs[0]!.shape.length;
  const isChannelsFirst = dataFormat === "NCHW";
  const along = (given: Batched) => aligned(isChannelsFirst ? channelsFirst(given) : given, rank);
  const { bias, preluActivationWeights: alpha } = inputs;
  const isBatched = Object.values(inputs).some((input) => input.isBatched);
  const result = (tensor: tf.Tensor) => [{ tensor, isBatched }];
  const y = bias ? tf.add(product(), along(bias)) : product();
  if (activation === "prelu") {
    const x = inLanes({ tensor: y, isBatched: y.rank > rank || !isBatched }, lanes.size);
    return result(tf.prelu(x, along(alpha!)));
  }
  if (activation === "leakyrelu") return result(tf.leakyRelu(y, leakyreluAlpha));
  return result(ACTIVATIONS[activation]!(y));
}

/** One number for each channel, where two axes follow that of the channels. */
function channelsFirst(given: Batched): Batched {
  if (laneShape(given).length !== 1) return given;
  return { ...given, tensor: tf.reshape(given.tensor, [...given.tensor.shape, 1, 1]) };
}
