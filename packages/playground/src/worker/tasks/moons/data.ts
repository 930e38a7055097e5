/** @file Two half circles that reach into each other, as scikit-learn's `make_moons` draws them. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Points and the moons that they are of. A type and not an interface, so that `tf.tidy` takes it. */
export type Moons = {
  /** [n, 2] */
  points: tf.Tensor2D;
  /** [n, 1]: 0 for the upper moon, 1 for the lower one. */
  labels: tf.Tensor2D;
};

/**
 * Every other point is of the other moon.
 *
 * @param count how many points, an even number
 * @param noise the standard deviation of what is added to both coordinates
 */
export function makeMoons(count: number, noise: number, rngs: Rngs): Moons {
  return tf.tidy(() => {
    const labels = tf.mod(tf.range(0, count), 2);
    const angle = tf.mul(rngs.uniform([count]), Math.PI);
    // The lower moon is the upper one, turned round the point [0.5, 0.25].
    const x = tf.where(tf.cast(labels, "bool"), tf.sub(1, tf.cos(angle)), tf.cos(angle));
    const y = tf.where(tf.cast(labels, "bool"), tf.sub(0.5, tf.sin(angle)), tf.sin(angle));
    const points = tf.add(tf.stack([x, y], 1), tf.mul(rngs.normal([count, 2]), noise));
    return { points: points as tf.Tensor2D, labels: tf.expandDims<tf.Tensor2D>(labels, 1) };
  });
}
