/** @file Gradient descent with Polyak's step. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { type RateState } from "../transform/scale-by-learning-rate.ts";
import { scaleByPolyak, type ScaleByPolyakOptions } from "../transform/scale-by-polyak.ts";
import type { TraceState } from "../transform/trace.ts";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import { sgd } from "./sgd.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

/** Options of {@link polyakSgd}. */
export interface PolyakSgdOptions extends Omit<ScaleByPolyakOptions, "maxLearningRate"> {
  /** A factor, or a schedule of one. Default 1. */
  scaling?: LearningRate | undefined;
}

/** The states of the parts of {@link polyakSgd}. */
export type PolyakSgdState = ChainState<[ChainState<[EmptyState | TraceState, RateState]>, EmptyState]>;

/**
 * Gradient descent that takes its steps from the loss: as long as it takes to reach `fMin` were it linear. For models
 * that can fit the data.
 *
 * ```ts
 * const optimizer = new Optimizer(model, polyakSgd(1), { wrt: Param });
 * optimizer.update(model, grads, { value: loss });
 * ```
 *
 * @param maxLearningRate the largest step. Default 1.
 * @see optax.polyak_sgd; Loizou et al., Stochastic Polyak step-size for SGD, 2020
 */
export function polyakSgd(
  maxLearningRate: Hyperparameter = 1,
  given: PolyakSgdOptions = {},
): GradientTransformation<PolyakSgdState> {
  assertOptions(given, "polyakSgd", { scaling: true, eps: NOT_NEGATIVE, fMin: NUMBER, variant: true });
  const { scaling = 1, ...options } = given;
  return chain(sgd(scaling), scaleByPolyak({ maxLearningRate, ...options }));
}
