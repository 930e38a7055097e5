/** @file AMSGrad. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import {
  type AmsgradState,
  scaleByAmsgrad,
  type ScaleByAmsgradOptions,
} from "../transform/scale-by-amsgrad.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link amsgrad}. */
export interface AmsgradOptions extends ScaleByAmsgradOptions {}

/**
 * Adam whose rates never grow.
 *
 * @see optax.amsgrad; Reddi et al., On the convergence of Adam and beyond, 2018
 */
export function amsgrad(learningRate: LearningRate, options: AmsgradOptions = {}): Rated<AmsgradState> {
  assertOptions(options, "amsgrad", {
    biasCorrectionMu: true,
    biasCorrectionNu: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  return chain(scaleByAmsgrad(options), scaleByLearningRate(learningRate));
}
