/** @file RMSProp. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import {
  type RmsState,
  scaleByRms,
  type ScaleByRmsOptions,
  scaleByStddev,
  type StddevState,
} from "../transform/scale-by-rms.ts";
import { trace, type TraceState } from "../transform/trace.ts";
import { type EmptyState, type GradientTransformation, identity } from "../transformation.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link rmsprop}. */
export interface RmspropOptions extends ScaleByRmsOptions {
  /** Whether the running mean of gradients is taken out of that of their squares. Default `false`. */
  centered?: boolean | undefined;
  /** Decay of the sum of past steps. Default: none is kept. */
  momentum?: number | undefined;
  /** Whether the momentum is Nesterov's. Default `false`. */
  nesterov?: boolean | undefined;
}

/** The states of the parts of {@link rmsprop}. */
export type RmspropState = ChainState<[RmsState | StddevState, RateState, EmptyState | TraceState]>;

/**
 * RMSProp: steps by the running root mean square of the gradients, with momentum if given.
 *
 * @see optax.rmsprop; Tieleman and Hinton, Lecture 6.5 of Neural networks for machine learning, 2012
 */
export function rmsprop(
  learningRate: LearningRate,
  given: RmspropOptions = {},
): GradientTransformation<RmspropState> {
  assertOptions(given, "rmsprop", {
    centered: true,
    momentum: SHARE,
    nesterov: true,
    decay: SHARE,
    eps: NOT_NEGATIVE,
    initialScale: NOT_NEGATIVE,
    epsInSqrt: true,
    biasCorrection: true,
  });
  const { centered = false, momentum, nesterov, ...options } = given;
  return chain<[RmsState | StddevState, RateState, EmptyState | TraceState]>(
    centered ? scaleByStddev(options) : scaleByRms(options),
    scaleByLearningRate(learningRate),
    momentum === undefined ? identity() : trace(momentum, { nesterov }),
  );
}
