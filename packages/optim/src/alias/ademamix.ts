/** @file AdEMAMix and its simplified form. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions } from "../transform/add-decayed-weights.ts";
import {
  type AdemamixState,
  scaleByAdemamix,
  type ScaleByAdemamixOptions,
  scaleBySimplifiedAdemamix,
  type ScaleBySimplifiedAdemamixOptions,
  type SimplifiedAdemamixState,
} from "../transform/scale-by-ademamix.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Decayed } from "./chained.ts";
import { NOT_NEGATIVE, NUMBER, SHARE, orSchedule } from "../ranges.ts";

/** Options of {@link ademamix}: those of `scaleByAdemamix`, with 5 as the default of `alpha`. */
export interface AdemamixOptions extends ScaleByAdemamixOptions, DecayOptions {
  /** The share of each parameter that is subtracted with each step, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * Adam with a second momentum that reaches thousands of steps back. For long runs; `b3` and `alpha` are warmed up.
 *
 * @see optax.contrib.ademamix; Pagliardini et al., The AdEMAMix optimizer: better, faster, older, 2024
 */
export function ademamix(learningRate: LearningRate, given: AdemamixOptions = {}): Decayed<AdemamixState> {
  assertOptions(given, "ademamix", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    b3: orSchedule(SHARE),
    alpha: orSchedule(NUMBER),
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    mask: true,
  });
  const { weightDecay = 0, mask, alpha = 5, ...options } = given;
  return chain(
    scaleByAdemamix({ alpha, ...options }),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}

/** Options of {@link simplifiedAdemamix}. */
export interface SimplifiedAdemamixOptions extends ScaleBySimplifiedAdemamixOptions, DecayOptions {
  /** The share of each parameter that is subtracted with each step, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * AdEMAMix with one momentum: a sum of gradients, to which the present one is added again.
 *
 * @see optax.contrib.simplified_ademamix; Morwani et al., Connections between schedule-free optimizers, AdEMAMix, and
 *   accelerated SGD variants, 2025
 */
export function simplifiedAdemamix(
  learningRate: LearningRate,
  given: SimplifiedAdemamixOptions = {},
): Decayed<SimplifiedAdemamixState> {
  assertOptions(given, "simplifiedAdemamix", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    alpha: orSchedule(NUMBER),
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    mask: true,
  });
  const { weightDecay = 0, mask, ...options } = given;
  return chain(
    scaleBySimplifiedAdemamix(options),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}
