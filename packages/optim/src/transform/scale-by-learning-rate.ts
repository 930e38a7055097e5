/** @file Updates times the negative learning rate. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { LearningRate, Schedule } from "../schedules/schedule.ts";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import { negative } from "../hyperparameter.ts";
import { scale } from "./scale.ts";
import { scaleBySchedule, type ScheduleState } from "./scale-by-schedule.ts";

/** The state of {@link scaleByLearningRate}: of a schedule, the number of updates. */
export type RateState = EmptyState | ScheduleState;

/** Options of {@link scaleByLearningRate}. */
export interface ScaleByLearningRateOptions {
  /** Whether the sign is flipped, so that adding the updates descends. Default `true`. */
  flipSign?: boolean | undefined;
}

/**
 * Updates times `-learningRate`, so that adding them descends. It comes last in a chain.
 *
 * @throws InvalidArgumentError when `learningRate` is neither a finite number, nor a scalar, nor a function
 * @see optax.scale_by_learning_rate
 */
export function scaleByLearningRate(
  learningRate: LearningRate,
  { flipSign = true }: ScaleByLearningRateOptions = {},
): GradientTransformation<RateState> {
  if (typeof learningRate === "function") {
    if (!flipSign) return scaleBySchedule(learningRate);
    const schedule = learningRate;
    const descent: Schedule = (step) => {
      const value = schedule(step);
      return typeof value === "number" ? -value : tf.neg(value);
    };
    return scaleBySchedule(madeBy(descent, scaleByLearningRate, [schedule]));
  }
  const isScalar = learningRate instanceof tf.Tensor && learningRate.rank === 0;
  if (!isScalar && !Number.isFinite(learningRate)) {
    throw new InvalidArgumentError(
      `learningRate: expected a finite number or a schedule, got ${learningRate instanceof tf.Tensor ? `a tensor [${learningRate.shape.join(", ")}]` : String(learningRate)}. ` +
        `For instance adam(1e-3) or adam(cosineDecaySchedule(1e-3, 1000)).`,
    );
  }
  return scale(flipSign ? negative(learningRate) : learningRate);
}
