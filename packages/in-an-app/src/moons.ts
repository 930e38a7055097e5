/** @file Points on two half circles that lie in each other. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** `n` points, float32 `[n, 2]`, and to which moon each belongs, float32 `[n, 1]`. */
export function twoMoons(rngs: Rngs, n: number): { points: tf.Tensor; labels: tf.Tensor } {
  return tf.tidy(() => {
    const labels = tf.cast(tf.greater(rngs.uniform([n, 1]), 0.5), "float32");
    const angle = tf.add(tf.mul(rngs.uniform([n, 1]), Math.PI), tf.mul(labels, Math.PI));
    const x = tf.add(tf.cos(angle), labels);
    const y = tf.add(tf.sin(angle), tf.mul(labels, 0.5));
    const points = tf.add(tf.concat([x, y], 1), tf.mul(rngs.normal([n, 2]), 0.1));
    return { points, labels };
  });
}
