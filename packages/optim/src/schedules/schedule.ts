/** @file What a schedule is, and the one that stays. */
import { assertNumber, found } from "../checked-arguments.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A number that depends on the number of updates before: `step` is an int32 scalar tensor, 0 at the first. It
 * computes a scalar with `tf.*` and reads nothing back; a number that it returns must not depend on `step`.
 *
 * ```ts
 * const inverse: Schedule = (step) => tf.div(0.1, tf.add(step, 1));
 * ```
 *
 * @see optax.Schedule
 */
export type Schedule = (step: tf.Scalar) => tf.Tensor | number;

/** A learning rate: fixed, held by a state, or by a schedule. @see optax.ScalarOrSchedule */
export type LearningRate = Hyperparameter | Schedule;

/** Always `value`. @see optax.constant_schedule */
export function constantSchedule(value: number): Schedule {
  assertNumber(value, "value", "constantSchedule");
  return madeBy(() => value, constantSchedule, [value]);
}

/** @throws InvalidArgumentError for what is neither a finite number, nor a scalar, nor a function */
export function assertLearningRate(learningRate: unknown): asserts learningRate is LearningRate {
  if (typeof learningRate === "function" || Number.isFinite(learningRate)) return;
  if (learningRate instanceof tf.Tensor && learningRate.rank === 0) return;
  const what =
    learningRate instanceof tf.Tensor ? `a tensor [${learningRate.shape.join(", ")}]` : found(learningRate);
  throw new InvalidArgumentError(
    `learningRate: expected a finite number or a schedule, got ${what}. ` +
      `For instance adam(1e-3) or adam(cosineDecaySchedule(1e-3, 1000)).`,
  );
}
