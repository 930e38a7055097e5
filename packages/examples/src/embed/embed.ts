/** @file Vectors of texts, of length 1: the nearer two of them, the more alike the texts. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import type { BertEncoder } from "./model.ts";
import type { TokenBatch } from "./tokens.ts";

/**
 * The mean of what the encoder gives for the tokens of each text, divided by its length.
 *
 * @param batch n texts
 * @returns [n, features]; the product of two rows is the cosine between them
 */
export function plainEmbed(model: BertEncoder, { tokens, mask }: TokenBatch): tf.Tensor2D {
  const hidden = model.forward(tokens, mask);
  const weights = tf.expandDims(tf.cast(mask, "float32"), -1);
  const mean = tf.div(tf.sum(tf.mul(hidden, weights), 1), tf.sum(weights, 1));
  const norm = tf.sqrt(tf.sum(tf.square(mean), -1, true));
  return tf.div(mean, tf.maximum(norm, LEAST_NORM));
}

/** {@link plainEmbed}, compiled: a program for each shape of batches. */
export const embed = jit(plainEmbed, { name: "embed" });

/** The least length that is divided by, as in PyTorch's `normalize`. */
const LEAST_NORM = 1e-12;
