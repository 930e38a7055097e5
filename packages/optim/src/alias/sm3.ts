/** @file SM3. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleBySm3, type Sm3State } from "../transform/scale-by-sm3.ts";
import type { Rated } from "./chained.ts";
import { SHARE } from "../ranges.ts";

/** Options of {@link sm3}. */
export interface Sm3Options {
  /** Decay of the momentum. Default 0.9. */
  momentum?: Hyperparameter | undefined;
}

/**
 * Adagrad with momentum that keeps a vector for each axis of a parameter instead of a copy of it.
 *
 * @see optax.sm3; Anil et al., Memory-efficient adaptive optimization, 2019
 */
export function sm3(learningRate: LearningRate, options: Sm3Options = {}): Rated<Sm3State> {
  assertOptions(options, "sm3", { momentum: SHARE });
  const { momentum = 0.9 } = options;
  return chain(scaleBySm3({ b1: momentum }), scaleByLearningRate(learningRate));
}
