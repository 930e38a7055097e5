/** @file Sophia. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights } from "../transform/add-decayed-weights.ts";
import type { Mask } from "../transform/mask.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleBySophia, type ScaleBySophiaOptions, type SophiaState } from "../transform/scale-by-sophia.ts";
import type { Decayed } from "./chained.ts";
import { COUNT, NOT_NEGATIVE, NUMBER, SHARE } from "../ranges.ts";

/** Options of {@link sophia}. */
export interface SophiaOptions extends ScaleBySophiaOptions {
  /** The share of each parameter that is subtracted with each step, or a schedule of it. Default 1e-4. */
  weightDecay?: LearningRate | undefined;
  /** Which parameters decay. Default: all. */
  weightDecayMask?: Mask | undefined;
}

/**
 * Sophia: momentum over the diagonal of the Hessian, each element bounded.
 *
 * ```ts
 * const optimizer = new Optimizer(model, sophia(1e-3), { wrt: Param });
 * optimizer.update(model, grads, { valueFn: lossFn });
 * ```
 *
 * @throws MissingArgumentError by `update` without the loss as a function, unless `hessianDiagonalFn` does without
 * @see optax.contrib.sophia; Liu et al., Sophia: a scalable stochastic second-order optimizer, 2023
 */
export function sophia(learningRate: LearningRate, given: SophiaOptions = {}): Decayed<SophiaState> {
  assertOptions(given, "sophia", {
    weightDecay: true,
    weightDecayMask: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    gamma: NUMBER,
    clipThreshold: NOT_NEGATIVE,
    updateInterval: COUNT,
    hessianDiagonalFn: true,
  });
  const { weightDecay = 1e-4, weightDecayMask, ...options } = given;
  return chain(
    scaleBySophia(options),
    addDecayedWeights(weightDecay, { mask: weightDecayMask }),
    scaleByLearningRate(learningRate),
  );
}
