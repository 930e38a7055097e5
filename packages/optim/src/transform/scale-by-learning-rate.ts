/** @file Updates times the negative learning rate. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertLearningRate, type LearningRate, type Schedule } from "../schedules/schedule.ts";
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
  options: ScaleByLearningRateOptions = {},
): GradientTransformation<RateState> {
  assertOptions(options, "scaleByLearningRate", { flipSign: true });
  assertLearningRate(learningRate);
  const { flipSign = true } = options;
  if (typeof learningRate === "function") {
    if (!flipSign) return scaleBySchedule(learningRate);
    const schedule = learningRate;
    const descent: Schedule = (step) => {
      const value = schedule(step);
      return typeof value === "number" ? -value : tf.neg(value);
    };
    return scaleBySchedule(madeBy(descent, scaleByLearningRate, [schedule]));
  }
  return scale(flipSign ? negative(learningRate) : learningRate);
}
