/** @file How surprised the model is by names. */
import { softmaxCrossEntropyWithIntegerLabels } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Names } from "./split.ts";
import type { CharTransformer } from "./model.ts";

/** The mean of `-log p(next)` over all characters and the ends of the names: a scalar, in nats for each. */
export function namesLoss(model: CharTransformer, { tokens, lengths }: Names): tf.Scalar {
  const [n, width] = tokens.shape;
  const length = width - 1;
  const logits = model.forward(tf.slice(tokens, [0, 0], [n, length]));
  const losses = softmaxCrossEntropyWithIntegerLabels(logits, tf.slice(tokens, [0, 1], [n, length]));
  // What comes after the end of a name is padding.
  const counts = tf.lessEqual(tf.range(0, length, 1, "int32"), tf.expandDims(lengths, 1));
  const weights = tf.cast(counts, "float32");
  return tf.div(tf.sum(tf.mul(losses, weights)), tf.sum(weights));
}
