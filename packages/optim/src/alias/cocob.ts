/** @file COCOB. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions, type DecayState } from "../transform/add-decayed-weights.ts";
import { type CocobState, scaleByCocob, type ScaleByCocobOptions } from "../transform/scale-by-cocob.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { GradientTransformation } from "../transformation.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

/** Options of {@link cocob}. */
export interface CocobOptions extends ScaleByCocobOptions, DecayOptions {
  /** The share of each parameter that is added to its gradient, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * Descent by betting on coins: no learning rate to choose.
 *
 * @param learningRate a factor of the gradients, or a schedule of it. Default 1.
 * @see optax.contrib.cocob; Orabona and Tommasi, Training deep networks without learning rates through coin betting, 2017
 */
export function cocob(
  learningRate: LearningRate = 1,
  given: CocobOptions = {},
): GradientTransformation<ChainState<[DecayState, RateState, CocobState]>> {
  assertOptions(given, "cocob", { weightDecay: true, alpha: NUMBER, eps: NOT_NEGATIVE, mask: true });
  const { weightDecay = 0, mask, ...options } = given;
  return chain(
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate, { flipSign: false }),
    scaleByCocob(options),
  );
}
