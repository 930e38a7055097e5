/** @file Optimistic gradient descent and optimistic Adam. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "../transform/scale-by-adam.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import {
  type OptimisticState,
  scaleByOptimisticGradient,
  type ScaleByOptimisticGradientOptions,
} from "../transform/scale-by-optimistic-gradient.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, NUMBER, SHARE } from "../ranges.ts";

/** Options of {@link optimisticGradientDescent}. */
export interface OptimisticGradientDescentOptions extends ScaleByOptimisticGradientOptions {}

/**
 * Gradient descent along the gradient foreseen for the next step. For min-max problems, such as adversarial training.
 *
 * @see optax.optimistic_gradient_descent; Mokhtari et al., A unified analysis of extra-gradient and optimistic
 *   gradient methods for saddle point problems, 2019
 */
export function optimisticGradientDescent(
  learningRate: LearningRate,
  options: OptimisticGradientDescentOptions = {},
): Rated<OptimisticState> {
  assertOptions(options, "optimisticGradientDescent", { alpha: NUMBER, beta: NUMBER });
  return chain(scaleByOptimisticGradient(options), scaleByLearningRate(learningRate));
}

/** Options of {@link optimisticAdamV2}: those of both parts; `nesterov` is `true` by default. */
export interface OptimisticAdamOptions extends ScaleByAdamOptions, ScaleByOptimisticGradientOptions {}

/**
 * Adam, then the direction foreseen for the next step.
 *
 * @see optax.optimistic_adam_v2; Daskalakis et al., Training GANs with optimism, 2017
 */
export function optimisticAdamV2(
  learningRate: LearningRate,
  given: OptimisticAdamOptions = {},
): GradientTransformation<ChainState<[AdamState, OptimisticState, RateState]>> {
  assertOptions(given, "optimisticAdamV2", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
    alpha: NUMBER,
    beta: NUMBER,
  });
  const { alpha, beta, nesterov = true, ...options } = given;
  return chain(
    scaleByAdam({ nesterov, ...options }),
    scaleByOptimisticGradient({ alpha, beta }),
    scaleByLearningRate(learningRate),
  );
}
