/** @file Rectified Adam. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { AdamState } from "../transform/scale-by-adam.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByRadam, type ScaleByRadamOptions } from "../transform/scale-by-radam.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, NUMBER, SHARE } from "../ranges.ts";

/** Options of {@link radam}. */
export interface RadamOptions extends ScaleByRadamOptions {}

/**
 * Adam that needs no warm-up: the first steps do not trust the mean of few squares.
 *
 * @see optax.radam; Liu et al., On the variance of the adaptive learning rate and beyond, 2019
 */
export function radam(learningRate: LearningRate, options: RadamOptions = {}): Rated<AdamState> {
  assertOptions(options, "radam", {
    threshold: NUMBER,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
  });
  return chain(scaleByRadam(options), scaleByLearningRate(learningRate));
}
