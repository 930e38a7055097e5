/** @file How wrong the classifier is. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * The mean cross entropy of a batch, a scalar: `mean(-log softmax(logits)[label])`.
 *
 * @param logits [n, classes]
 * @param labels [n], int32
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor1D): tf.Scalar {
  const chosen = tf.oneHot(labels, logits.shape.at(-1)!);
  return tf.neg(tf.mean(tf.sum(tf.mul(chosen, tf.logSoftmax(logits)), -1)));
}
