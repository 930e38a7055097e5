/** @file The loss that brings vectors of the same label together. */
import { logSoftmax } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Supervised contrastive loss: how unlikely it is that each vector takes one of its label for the nearest, by a softmax
 * over the cosines to all others. Each label has to occur twice.
 *
 * @param vectors [n, features], of length 1
 * @param labels [n], int32
 * @returns the mean over vectors, a scalar, in nats
 * @see Khosla et al., 2020, https://arxiv.org/abs/2004.11362
 */
export function contrastiveLoss(vectors: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor {
  const [n] = vectors.shape;
  const itself = tf.eye(n);
  const cosines = tf.matMul(vectors, vectors, false, true);
  const logits = tf.sub(tf.div(cosines, TEMPERATURE), tf.mul(itself, FAR));
  const isSame = tf.cast(tf.equal(tf.expandDims(labels, 0), tf.expandDims(labels, 1)), "float32");
  const others = tf.sub(isSame, itself);
  const likelihoods = tf.sum(tf.mul(logSoftmax(logits), others), 1);
  return tf.neg(tf.mean(tf.div(likelihoods, tf.sum(others, 1))));
}

/** How far cosines are spread before the softmax. */
const TEMPERATURE = 0.1;
/** Taken from the logit of a vector with itself, which then has no share. */
const FAR = 1e4;
