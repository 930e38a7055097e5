/** @file Running means of gradients and of their squares. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import {
  complement,
  type Hyperparameter,
  powerOf,
  weightedSquareSum,
  weightedSum,
} from "../hyperparameter.ts";
import { type Tree, treeMap } from "../tree.ts";

/** `(1 - decay) * updates + decay * mean`. @see optax.tree.update_moment */
export function updateMoment<T extends Tree>(updates: T, mean: Tree, decay: Hyperparameter): T {
  const share = complement(decay);
  return treeMap((update, old) => weightedSum(share, update, decay, old), updates, mean);
}

/** `(1 - decay) * updates² + decay * mean`. @see optax.tree.update_moment_per_elem_norm */
export function updateSquareMoment<T extends Tree>(updates: T, mean: Tree, decay: Hyperparameter): T {
  const share = complement(decay);
  return treeMap((update, old) => weightedSquareSum(share, update, decay, old), updates, mean);
}

/**
 * `1 - decay**count` in float32, the share of a running mean of `count` values that does not come from its zero
 * start. The power is our own kernel: that of WebGPU and WebGL would be wrong in the fourth digit.
 *
 * @see optax.tree.bias_correction
 */
export function biasCorrection(decay: Hyperparameter, count: tf.Tensor): tf.Scalar {
  return tf.sub(1, powerOf(decay, count));
}

/** The running mean without the share of its zero start. @see optax.tree.bias_correction */
export function correctBias<T extends Tree>(moment: T, decay: Hyperparameter, count: tf.Tensor): T {
  const correction = biasCorrection(decay, count);
  return treeMap((mean) => tf.div(mean, correction), moment);
}

/**
 * The running mean as it would be after one more update like this one, without bias: Nesterov's.
 *
 * @param count with this update
 * @see Dozat, Incorporating Nesterov momentum into Adam, 2016
 */
export function lookAhead<T extends Tree>(updates: T, mean: T, decay: Hyperparameter, count: tf.Tensor): T {
  const share = complement(decay);
  return treeMap(
    (ahead, update) => weightedSum(decay, ahead, share, update),
    correctBias(mean, decay, random.increment(count)),
    correctBias(updates, decay, count),
  );
}
