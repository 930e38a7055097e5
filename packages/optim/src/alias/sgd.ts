/** @file Stochastic gradient descent. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { trace, type TraceState } from "../transform/trace.ts";
import { type EmptyState, type GradientTransformation, identity } from "../transformation.ts";
import { SHARE } from "../ranges.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Decay of the sum of past gradients. Default: none is kept. */
  momentum?: Hyperparameter | undefined;
  /** Whether the momentum is Nesterov's. Default `false`. */
  nesterov?: boolean | undefined;
}

/**
 * Stochastic gradient descent, with momentum if given.
 *
 * @see optax.sgd; Sutskever et al., On the importance of initialization and momentum in deep learning, 2013
 */
export function sgd(
  learningRate: LearningRate,
  options: SgdOptions = {},
): GradientTransformation<ChainState<[EmptyState | TraceState, RateState]>> {
  assertOptions(options, "sgd", { momentum: SHARE, nesterov: true });
  const { momentum, nesterov } = options;
  return chain<[EmptyState | TraceState, RateState]>(
    momentum === undefined ? identity() : trace(momentum, { nesterov }),
    scaleByLearningRate(learningRate),
  );
}
