/** @file Adam and AdamW. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions } from "../transform/add-decayed-weights.ts";
import { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "../transform/scale-by-adam.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Decayed, Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

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
export function adam(learningRate: LearningRate, options: AdamOptions = {}): Rated<AdamState> {
  assertOptions(options, "adam", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
  });
  return chain(scaleByAdam(options), scaleByLearningRate(learningRate));
}

/** Options of {@link adamw}. */
export interface AdamWOptions extends ScaleByAdamOptions, DecayOptions {
  /**
   * The share of each parameter that is subtracted with each step, before the learning rate, or a schedule of it.
   * Default 1e-4.
   */
  weightDecay?: LearningRate | undefined;
}

/**
 * Adam with decoupled weight decay.
 *
 * @see optax.adamw; Loshchilov and Hutter, Decoupled weight decay regularization, 2017
 */
export function adamw(learningRate: LearningRate, given: AdamWOptions = {}): Decayed<AdamState> {
  assertOptions(given, "adamw", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
    mask: true,
  });
  const { weightDecay = 1e-4, mask, ...options } = given;
  return chain(
    scaleByAdam(options),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}

/** Options of {@link nadam}: those of Adam, whose mean always looks one step ahead. */
export interface NadamOptions extends Omit<AdamOptions, "nesterov"> {}

/**
 * Adam with Nesterov's momentum: `adam` with `nesterov: true`.
 *
 * @see optax.nadam; Dozat, Incorporating Nesterov momentum into Adam, 2016
 */
export function nadam(learningRate: LearningRate, options: NadamOptions = {}): Rated<AdamState> {
  assertOptions(options, "nadam", { b1: SHARE, b2: SHARE, eps: NOT_NEGATIVE, epsRoot: NOT_NEGATIVE });
  return adam(learningRate, { ...options, nesterov: true });
}

/** Options of {@link nadamw}: those of AdamW, whose mean always looks one step ahead. */
export interface NadamWOptions extends Omit<AdamWOptions, "nesterov"> {}

/**
 * AdamW with Nesterov's momentum: `adamw` with `nesterov: true`.
 *
 * @see optax.nadamw; Dozat, 2016; Loshchilov and Hutter, 2017
 */
export function nadamw(learningRate: LearningRate, options: NadamWOptions = {}): Decayed<AdamState> {
  assertOptions(options, "nadamw", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    weightDecay: true,
    mask: true,
  });
  return adamw(learningRate, { ...options, nesterov: true });
}
