/** @file Yogi. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { AdamState } from "../transform/scale-by-adam.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByYogi, type ScaleByYogiOptions } from "../transform/scale-by-yogi.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link yogi}. */
export interface YogiOptions extends Pick<ScaleByYogiOptions, "b1" | "b2" | "eps"> {}

/**
 * Adam whose mean of squares changes by little at a time.
 *
 * @see optax.yogi; Zaheer et al., Adaptive methods for nonconvex optimization, 2018
 */
export function yogi(learningRate: LearningRate, options: YogiOptions = {}): Rated<AdamState> {
  assertOptions(options, "yogi", { b1: SHARE, b2: SHARE, eps: NOT_NEGATIVE });
  return chain(scaleByYogi(options), scaleByLearningRate(learningRate));
}
