/** @file Adam and AdamW. */
import { chain, type ChainState } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate, Schedule } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions, type DecayState } from "../transform/add-decayed-weights.ts";
import { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "../transform/scale-by-adam.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { GradientTransformation } from "../transformation.ts";

/** Options of {@link adam}. */
export interface AdamOptions extends ScaleByAdamOptions {}

/**
 * Adam.
 *
 * ```ts
 * const optimizer = new Optimizer(model, adam(1e-3), { wrt: Param });
 * ```
 *
 * @see optax.adam; Kingma and Ba, Adam: a method for stochastic optimization, 2014
 */
export function adam(
  learningRate: LearningRate,
  options: AdamOptions = {},
): GradientTransformation<ChainState<[AdamState, RateState]>> {
  return chain(scaleByAdam(options), scaleByLearningRate(learningRate));
}

/** Options of {@link adamw}. */
export interface AdamWOptions extends ScaleByAdamOptions, DecayOptions {
  /** The share of each parameter that is subtracted with each step, before the learning rate. Default 1e-4. */
  weightDecay?: Hyperparameter | Schedule | undefined;
}

/**
 * Adam with decoupled weight decay.
 *
 * @see optax.adamw; Loshchilov and Hutter, Decoupled weight decay regularization, 2017
 */
export function adamw(
  learningRate: LearningRate,
  { weightDecay = 1e-4, mask, ...options }: AdamWOptions = {},
): GradientTransformation<ChainState<[AdamState, DecayState, RateState]>> {
  return chain(
    scaleByAdam(options),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}
