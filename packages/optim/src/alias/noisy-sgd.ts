/** @file Gradient descent with noise. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addNoise, type AddNoiseState } from "../transform/add-noise.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type * as tf from "@tensorflow/tfjs-core";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

/** Options of {@link noisySgd}. */
export interface NoisySgdOptions {
  /** The variance of the noise at the first update. Default 0.01. */
  eta?: Hyperparameter | undefined;
  /** How fast it falls: `eta / t**gamma`. Default 0.55. */
  gamma?: Hyperparameter | undefined;
  /** A seed, or a key of `random`. Default 0. */
  key?: number | tf.Tensor | undefined;
}

/**
 * Gradient descent with normal noise, whose variance falls.
 *
 * @see optax.noisy_sgd; Neelakantan et al., Adding gradient noise improves learning for very deep networks, 2015
 */
export function noisySgd(learningRate: LearningRate, options: NoisySgdOptions = {}): Rated<AddNoiseState> {
  assertOptions(options, "noisySgd", { eta: NOT_NEGATIVE, gamma: NUMBER, key: true });
  const { eta = 0.01, gamma = 0.55, key = 0 } = options;
  return chain(addNoise(eta, gamma, key), scaleByLearningRate(learningRate));
}
