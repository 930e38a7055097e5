/** @file What every model here that tells digits apart has in common. */
import type { Module } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** Tells digits apart. */
export interface Classifier extends Module {
  /** Pictures [n, 784] → [n, 10], unnormalised log-probabilities. */
  forward(images: tf.Tensor): tf.Tensor;
}
