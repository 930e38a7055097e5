/** @file Gradients with noise. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertInRange, found } from "../checked-arguments.ts";
import { assertHyperparameter, type Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { randomLike } from "./random-like.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** The number of updates (int32 `[]`) and the key of the next (int32 `[2]`). */
export type AddNoiseState = { readonly count: tf.Tensor; readonly rngKey: tf.Tensor };

/**
 * Normal noise of the variance `eta / t**gamma` added to the updates, with the bits of JAX.
 *
 * @param eta the variance at the first update
 * @param gamma how fast it falls
 * @param key a seed, or a key of `random`, which stays the caller's
 * @see optax.add_noise; Neelakantan et al., Adding gradient noise improves learning for very deep networks, 2015
 */
export function addNoise(
  eta: Hyperparameter,
  gamma: Hyperparameter,
  key: number | tf.Tensor,
): GradientTransformation<AddNoiseState> {
  assertInRange(eta, NOT_NEGATIVE, "eta", "addNoise");
  assertHyperparameter(gamma, "gamma", "addNoise");
  if (typeof key !== "number" && !(key instanceof tf.Tensor)) {
    throw new InvalidArgumentError(
      `addNoise: expected a seed or a key, got ${found(key)}. Write addNoise(0.01, 0.55, 42), or random.key(42).`,
    );
  }
  const transformation: GradientTransformation<AddNoiseState> = {
    init: () => ({
      count: tf.scalar(0, "int32"),
      rngKey: typeof key === "number" ? random.key(key) : key.clone(),
    }),
    update(updates, state) {
      const count = random.increment(state.count);
      const power = tf.pow(tf.cast(random.increment(state.count), "float32"), gamma);
      const deviation = tf.sqrt(tf.div(eta, power));
      const keys = random.split(state.rngKey);
      const noise = randomLike(random.take(keys, 1), updates, (one, { shape }) => random.normal(one, shape));
      const noisy = treeMap((update, draw) => tf.add(update, tf.mul(deviation, draw)), updates, noise);
      return [noisy, { count, rngKey: random.take(keys, 0) }];
    },
  };
  return madeBy(transformation, addNoise, [eta, gamma, key]);
}
