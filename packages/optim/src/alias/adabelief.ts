/** @file AdaBelief. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { AdamState } from "../transform/scale-by-adam.ts";
import { scaleByBelief, type ScaleByBeliefOptions } from "../transform/scale-by-belief.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link adabelief}. */
export interface AdabeliefOptions extends ScaleByBeliefOptions {}

/**
 * Adam that takes large steps where gradients are as foreseen, and small ones where they are not.
 *
 * @see optax.adabelief; Zhuang et al., AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, 2020
 */
export function adabelief(learningRate: LearningRate, options: AdabeliefOptions = {}): Rated<AdamState> {
  assertOptions(options, "adabelief", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
  });
  return chain(scaleByBelief(options), scaleByLearningRate(learningRate));
}
