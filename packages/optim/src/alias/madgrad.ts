/** @file MADGRAD. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayState } from "../transform/add-decayed-weights.ts";
import {
  type MadgradState,
  scaleByMadgrad,
  type ScaleByMadgradOptions,
} from "../transform/scale-by-madgrad.ts";
import type { GradientTransformation } from "../transformation.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link madgrad}. */
export interface MadgradOptions extends ScaleByMadgradOptions {
  /** The share of each parameter that is added to its gradient, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * Adagrad by dual averaging, with cube roots and momentum. It wants little weight decay.
 *
 * @see optax.contrib.madgrad; Defazio and Jelassi, Adaptivity without compromise, 2021
 */
export function madgrad(
  learningRate: LearningRate,
  given: MadgradOptions = {},
): GradientTransformation<ChainState<[DecayState, MadgradState]>> {
  assertOptions(given, "madgrad", { weightDecay: true, momentum: SHARE, eps: NOT_NEGATIVE });
  const { weightDecay = 0, ...options } = given;
  return chain(addDecayedWeights(weightDecay), scaleByMadgrad(learningRate, options));
}
