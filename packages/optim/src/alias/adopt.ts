/** @file ADOPT. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { AdamState } from "../transform/scale-by-adam.ts";
import { scaleByAdopt, type ScaleByAdoptOptions } from "../transform/scale-by-adopt.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link adopt}. */
export interface AdoptOptions extends ScaleByAdoptOptions {}

/**
 * Adam that divides by the squares of the gradients before, and so converges for every `b2`.
 *
 * @see optax.contrib.adopt; Taniguchi et al., ADOPT: modified Adam can converge with any β2 with the optimal rate, 2024
 */
export function adopt(learningRate: LearningRate, options: AdoptOptions = {}): Rated<AdamState> {
  assertOptions(options, "adopt", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    nesterov: true,
    useClipping: true,
    clipValueFn: true,
  });
  return chain(scaleByAdopt(options), scaleByLearningRate(learningRate));
}
