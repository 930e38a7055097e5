/** @file How wrong a classifier is. */
import { softmaxCrossEntropyWithIntegerLabels } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The mean cross entropy of a batch, a scalar: `mean(-log softmax(logits)[label])`.
 *
 * @param logits [n, classes]
 * @param labels [n], int32
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor1D): tf.Scalar {
  return tf.mean(softmaxCrossEntropyWithIntegerLabels(logits, labels));
}
