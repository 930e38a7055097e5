/** @file Schedules that go from one value to another along a power of the step. */
import { assertOptions, assertNumber } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { progress } from "./progress.ts";
import { constantSchedule, type Schedule } from "./schedule.ts";
import { INTEGER } from "../ranges.ts";

/** Options of {@link linearSchedule} and {@link polynomialSchedule}. */
export interface TransitionOptions {
  /** The step at which the transition begins. Default 0. */
  transitionBegin?: number | undefined;
}

/**
 * From `initValue` to `endValue` along a straight line of `transitionSteps` steps.
 *
 * @see optax.linear_schedule
 */
export function linearSchedule(
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options: TransitionOptions = {},
): Schedule {
  assertOptions(options, "linearSchedule", { transitionBegin: INTEGER });
  return polynomialSchedule(initValue, endValue, 1, transitionSteps, options);
}

/**
 * `(initValue - endValue) * (1 - t)**power + endValue`, where t goes from 0 to 1 in `transitionSteps` steps. It is
 * constant when there are none.
 *
 * @see optax.polynomial_schedule
 */
export function polynomialSchedule(
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  options: TransitionOptions = {},
): Schedule {
  assertOptions(options, "polynomialSchedule", { transitionBegin: INTEGER });
  const { transitionBegin = 0 } = options;
  assertNumber(initValue, "initValue", "polynomialSchedule");
  assertNumber(endValue, "endValue", "polynomialSchedule");
  assertNumber(power, "power", "polynomialSchedule");
  assertNumber(transitionSteps, "transitionSteps", "polynomialSchedule");
  if (transitionSteps <= 0) return constantSchedule(initValue);
  const begin = Math.max(transitionBegin, 0);
  const schedule: Schedule = (step) => {
    const rest = tf.sub<tf.Scalar>(1, progress(step, begin, transitionSteps));
    return tf.add(tf.mul(raise(rest, power), initValue - endValue), endValue);
  };
  return madeBy(schedule, polynomialSchedule, [initValue, endValue, power, transitionSteps, begin]);
}

/** `x ** power`, by squaring for small integers: `tf.pow` is inexact on webgl and webgpu. */
export function raise(x: tf.Scalar, power: number): tf.Scalar {
  if (power === 1) return x;
  if (!Number.isInteger(power) || power < 1 || power > 64) return tf.pow(x, power);
  const even = tf.square(raise(x, Math.floor(power / 2)));
  return power % 2 === 0 ? even : tf.mul(even, x);
}
