/** @file Adagrad and Adadelta. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayState } from "../transform/add-decayed-weights.ts";
import type { Mask } from "../transform/mask.ts";
import {
  type AdadeltaState,
  scaleByAdadelta,
  type ScaleByAdadeltaOptions,
} from "../transform/scale-by-adadelta.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { type RssState, scaleByRss, type ScaleByRssOptions } from "../transform/scale-by-rss.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link adagrad}. */
export interface AdagradOptions extends ScaleByRssOptions {}

/**
 * Adagrad: rates that fall with the sum of squared gradients. For sparse gradients.
 *
 * @see optax.adagrad; Duchi et al., Adaptive subgradient methods for online learning, 2011
 */
export function adagrad(learningRate: LearningRate, options: AdagradOptions = {}): Rated<RssState> {
  assertOptions(options, "adagrad", { initialAccumulatorValue: NOT_NEGATIVE, eps: NOT_NEGATIVE });
  return chain(scaleByRss(options), scaleByLearningRate(learningRate));
}

/** Options of {@link adadelta}. */
export interface AdadeltaOptions extends ScaleByAdadeltaOptions {
  /** The share of each parameter that is added to its gradient, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
  /** Which parameters decay. Default: all. */
  weightDecayMask?: Mask | undefined;
}

/**
 * Adadelta: Adagrad over a window, whose steps have the parameters' units.
 *
 * Differs from Optax without a learning rate: the steps descend, as with a rate of 1.
 *
 * @see optax.adadelta; Zeiler, Adadelta: an adaptive learning rate method, 2012
 */
export function adadelta(
  learningRate: LearningRate = 1,
  given: AdadeltaOptions = {},
): GradientTransformation<ChainState<[DecayState, AdadeltaState, RateState]>> {
  assertOptions(given, "adadelta", {
    weightDecay: true,
    weightDecayMask: true,
    rho: SHARE,
    eps: NOT_NEGATIVE,
  });
  const { weightDecay = 0, weightDecayMask, ...options } = given;
  return chain(
    addDecayedWeights(weightDecay, { mask: weightDecayMask }),
    scaleByAdadelta(options),
    scaleByLearningRate(learningRate),
  );
}
