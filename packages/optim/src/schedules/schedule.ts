/** @file What a schedule is, and the one that stays. */
import { assertNumber } from "../checked-arguments.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import { madeBy } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

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
