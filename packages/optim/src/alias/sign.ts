/** @file Descent by signs. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { ema, type EmaState } from "../transform/ema.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleBySign } from "../transform/scale-by-sign.ts";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import type { Rated } from "./chained.ts";
import { SHARE } from "../ranges.ts";

/**
 * Steps of the learning rate in the direction of the gradient's signs.
 *
 * @see optax.sign_sgd; Bernstein et al., signSGD: compressed optimisation for non-convex problems, 2018
 */
export function signSgd(learningRate: LearningRate): Rated<EmptyState> {
  return chain(scaleBySign(), scaleByLearningRate(learningRate));
}

/** Options of {@link signum}. */
export interface SignumOptions {
  /** Decay of the running mean of gradients. Default 0.9. */
  beta?: Hyperparameter | undefined;
}

/**
 * Steps of the learning rate in the direction of the signs of a momentum.
 *
 * @see optax.signum; Bernstein et al., signSGD: compressed optimisation for non-convex problems, 2018
 */
export function signum(
  learningRate: LearningRate,
  options: SignumOptions = {},
): GradientTransformation<ChainState<[EmaState, EmptyState, RateState]>> {
  assertOptions(options, "signum", { beta: SHARE });
  const { beta = 0.9 } = options;
  return chain(ema(beta, { debias: false }), scaleBySign(), scaleByLearningRate(learningRate));
}
