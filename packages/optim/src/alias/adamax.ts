/** @file AdaMax and AdaMaxW. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions } from "../transform/add-decayed-weights.ts";
import type { AdamState } from "../transform/scale-by-adam.ts";
import { scaleByAdamax, type ScaleByAdamaxOptions } from "../transform/scale-by-adamax.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Decayed, Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link adamax}. */
export interface AdamaxOptions extends ScaleByAdamaxOptions {}

/**
 * Adam by the largest gradient instead of the mean square.
 *
 * @see optax.adamax; Kingma and Ba, Adam: a method for stochastic optimization, 2014, section 7.1
 */
export function adamax(learningRate: LearningRate, options: AdamaxOptions = {}): Rated<AdamState> {
  assertOptions(options, "adamax", { b1: SHARE, b2: SHARE, eps: NOT_NEGATIVE });
  return chain(scaleByAdamax(options), scaleByLearningRate(learningRate));
}

/** Options of {@link adamaxw}. */
export interface AdamaxWOptions extends ScaleByAdamaxOptions, DecayOptions {
  /** The share of each parameter that is subtracted with each step, or a schedule of it. Default 1e-4. */
  weightDecay?: LearningRate | undefined;
}

/**
 * AdaMax with decoupled weight decay.
 *
 * @see optax.adamaxw; Loshchilov and Hutter, Decoupled weight decay regularization, 2017
 */
export function adamaxw(learningRate: LearningRate, given: AdamaxWOptions = {}): Decayed<AdamState> {
  assertOptions(given, "adamaxw", { weightDecay: true, b1: SHARE, b2: SHARE, eps: NOT_NEGATIVE, mask: true });
  const { weightDecay = 1e-4, mask, ...options } = given;
  return chain(
    scaleByAdamax(options),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}
