/** @file Sinusoids, of which each is a task. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** Points of several sinusoids: some to adapt to, others to be judged by. A type, so that `tf.tidy` takes it. */
export type Tasks = {
  /** [tasks, points, 1] each. */
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly queryX: tf.Tensor;
  readonly queryY: tf.Tensor;
};

/** Amplitudes on [0.1, 5), phases on [0, π), x on [-5, 5). @see Finn et al., 2017, https://arxiv.org/abs/1703.03400 */
export function sinusoids(rngs: Rngs, tasks: number, points = 10): Tasks {
  return tf.tidy(() => {
    const amplitude = rngs.uniform([tasks, 1, 1], { minval: 0.1, maxval: 5 });
    const phase = rngs.uniform([tasks, 1, 1], { minval: 0, maxval: Math.PI });
    const curve = (x: tf.Tensor) => tf.mul(amplitude, tf.sin(tf.sub(x, phase)));
    const x = rngs.uniform([tasks, points, 1], { minval: -5, maxval: 5 });
    const queryX = rngs.uniform([tasks, points, 1], { minval: -5, maxval: 5 });
    return { x, y: curve(x), queryX, queryY: curve(queryX) };
  });
}
