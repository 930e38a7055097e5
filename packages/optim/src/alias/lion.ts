/** @file Lion. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions } from "../transform/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { type LionState, scaleByLion, type ScaleByLionOptions } from "../transform/scale-by-lion.ts";
import type { Decayed } from "./chained.ts";
import { SHARE } from "../ranges.ts";

/** Options of {@link lion}. */
export interface LionOptions extends Pick<ScaleByLionOptions, "b1" | "b2">, DecayOptions {
  /** The share of each parameter that is subtracted with each step, or a schedule of it. Default 1e-3. */
  weightDecay?: LearningRate | undefined;
}

/**
 * Lion: the sign of a momentum, with decoupled weight decay. Its learning rate is a third to a tenth of Adam's, its
 * decay as much larger.
 *
 * @see optax.lion; Chen et al., Symbolic discovery of optimization algorithms, 2023
 */
export function lion(learningRate: LearningRate, given: LionOptions = {}): Decayed<LionState> {
  assertOptions(given, "lion", { weightDecay: true, b1: SHARE, b2: SHARE, mask: true });
  const { weightDecay = 1e-3, mask, ...options } = given;
  return chain(
    scaleByLion(options),
    addDecayedWeights(weightDecay, { mask }),
    scaleByLearningRate(learningRate),
  );
}
