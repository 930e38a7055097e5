/** @file NovoGrad. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { AdamState } from "../transform/scale-by-adam.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByNovograd, type ScaleByNovogradOptions } from "../transform/scale-by-novograd.ts";
import type { Rated } from "./chained.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link novograd}: those of `scaleByNovograd`, with 1e-6 as the default of `eps`. */
export interface NovogradOptions extends ScaleByNovogradOptions {}

/**
 * Momentum over gradients of length one, a length for each parameter.
 *
 * @see optax.novograd; Ginsburg et al., Stochastic gradient methods with layer-wise adaptive moments, 2019
 */
export function novograd(learningRate: LearningRate, given: NovogradOptions = {}): Rated<AdamState> {
  assertOptions(given, "novograd", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { eps = 1e-6, ...options } = given;
  return chain(scaleByNovograd({ eps, ...options }), scaleByLearningRate(learningRate));
}
