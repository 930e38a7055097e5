/** @file Adan. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions } from "../transform/add-decayed-weights.ts";
import { type AdanState, scaleByAdan, type ScaleByAdanOptions } from "../transform/scale-by-adan.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import type { Decayed } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link adan}: those of `scaleByAdan`, with 1e-8 as the default of `epsRoot`. */
export interface AdanOptions extends ScaleByAdanOptions, DecayOptions {
  /** The share of each parameter that is subtracted with each step, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * Adam with a Nesterov momentum that knows how gradients change.
 *
 * @see optax.adan; Xie et al., Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models, 2022
 */
export function adan(learningRate: LearningRate, given: AdanOptions = {}): Decayed<AdanState> {
  assertOptions(given, "adan", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    b3: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    mask: true,
  });
  const { weightDecay = 0, mask, epsRoot = 1e-8, ...options } = given;
  return chain(
    scaleByAdan({ epsRoot, ...options }),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}
