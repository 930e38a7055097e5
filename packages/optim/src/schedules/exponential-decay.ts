/** @file A schedule that shrinks by a factor. */
import { assertOptions, assertNumber } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import { integerPower } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { stepsSince } from "./progress.ts";
import { constantSchedule, type Schedule } from "./schedule.ts";
import { INTEGER, NUMBER } from "../ranges.ts";

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** The step at which the decay begins. Default 0. */
  transitionBegin?: number | undefined;
  /** Whether the value falls in steps instead of smoothly. Default `false`. */
  staircase?: boolean | undefined;
  /** Where it stops. Default: nowhere. */
  endValue?: number | undefined;
}

/**
 * `initValue * decayRate**(step / transitionSteps)`. It is constant when `transitionSteps` is not greater than 0 or
 * `decayRate` is 0.
 *
 * @see optax.exponential_decay
 */
export function exponentialDecay(
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialDecayOptions = {},
): Schedule {
  assertOptions(options, "exponentialDecay", { transitionBegin: INTEGER, staircase: true, endValue: NUMBER });
  const { transitionBegin = 0, staircase = false, endValue } = options;
  assertNumber(initValue, "initValue", "exponentialDecay");
  assertNumber(transitionSteps, "transitionSteps", "exponentialDecay");
  assertNumber(decayRate, "decayRate", "exponentialDecay");
  if (transitionSteps <= 0 || decayRate === 0) return constantSchedule(initValue);
  const begin = Math.max(transitionBegin, 0);
  const schedule: Schedule = (step) => {
    const exponent = tf.relu(tf.div<tf.Scalar>(stepsSince(step, begin), transitionSteps));
    const value = tf.mul<tf.Scalar>(power(decayRate, exponent, staircase), initValue);
    if (endValue === undefined) return value;
    return decayRate < 1 ? tf.maximum(value, endValue) : tf.minimum(value, endValue);
  };
  return madeBy(schedule, exponentialDecay, [
    initValue,
    transitionSteps,
    decayRate,
    begin,
    staircase,
    endValue,
  ]);
}

/** What webgl holds of an exponent, as the integer of a float. */
const LARGEST = 2 ** 24 - 1;

/**
 * `base ** exponent`, of the floor of the exponent if `staircase`. The integer part goes through our own kernel:
 * `tf.pow` is inexact on webgl and webgpu.
 */
function power(base: number, exponent: tf.Scalar, staircase: boolean): tf.Scalar {
  const target = staircase ? tf.floor(exponent) : exponent;
  const floor = tf.floor(tf.minimum<tf.Scalar>(target, LARGEST));
  const whole = integerPower(base, tf.cast(floor, "int32"));
  const rest = tf.sub<tf.Scalar>(target, floor);
  // Of a negative base whole powers exist.
  return tf.where(tf.equal(rest, 0), whole, tf.mul(whole, tf.exp(tf.mul(rest, Math.log(base)))));
}
