/** @file Schedules along half a cosine. */
import { assertList } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { joinSchedules } from "./join.ts";
import { linearSchedule, raise } from "./polynomial.ts";
import { assertPositive, progress } from "./progress.ts";
import { constantSchedule, type Schedule } from "./schedule.ts";

/** Options of {@link cosineDecaySchedule}. */
export interface CosineDecayOptions {
  /** The last value, as a share of the first. Default 0. */
  alpha?: number | undefined;
  /** The power of the cosine. Default 1. */
  exponent?: number | undefined;
}

/**
 * `initValue * ((1 - alpha) * (0.5 * (1 + cos(πt)))**exponent + alpha)`, where t goes from 0 to 1 in `decaySteps`
 * steps.
 *
 * @throws InvalidArgumentError unless `decaySteps` is greater than 0
 * @see optax.cosine_decay_schedule; Loshchilov and Hutter, SGDR, 2016
 */
export function cosineDecaySchedule(
  initValue: number,
  decaySteps: number,
  { alpha = 0, exponent = 1 }: CosineDecayOptions = {},
): Schedule {
  assertPositive("cosineDecaySchedule", "decaySteps", decaySteps);
  const schedule: Schedule = (step) => {
    const cosine = raise(halfCosine(progress(step, 0, decaySteps)), exponent);
    return tf.mul(tf.add(tf.mul(cosine, 1 - alpha), alpha), initValue);
  };
  return madeBy(schedule, cosineDecaySchedule, [initValue, decaySteps, alpha, exponent]);
}

/** Options of {@link warmupCosineDecaySchedule}. */
export interface WarmupCosineDecayOptions {
  /** The last value. Default 0. */
  endValue?: number | undefined;
  /** The power of the cosine. Default 1. */
  exponent?: number | undefined;
}

/**
 * From `initValue` to `peakValue` along a line of `warmupSteps` steps, then to `endValue` along a cosine.
 *
 * @param decaySteps the number of all steps, the warm-up included
 * @throws InvalidArgumentError unless `decaySteps` is greater than `warmupSteps`
 * @see optax.warmup_cosine_decay_schedule
 */
export function warmupCosineDecaySchedule(
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  { endValue = 0, exponent = 1 }: WarmupCosineDecayOptions = {},
): Schedule {
  if (!(decaySteps > warmupSteps)) {
    throw new InvalidArgumentError(
      `warmupCosineDecaySchedule: expected decaySteps, which counts the warm-up too, to be greater than ` +
        `warmupSteps ${warmupSteps}, got ${decaySteps}. Pass the number of all steps.`,
    );
  }
  const alpha = peakValue === 0 ? 0 : endValue / peakValue;
  return joinSchedules(
    [
      linearSchedule(initValue, peakValue, warmupSteps),
      cosineDecaySchedule(peakValue, decaySteps - warmupSteps, { alpha, exponent }),
    ],
    [warmupSteps],
  );
}

/** One cycle of {@link sgdrSchedule}: the arguments of {@link warmupCosineDecaySchedule}. */
export interface SgdrCycle extends WarmupCosineDecayOptions {
  initValue: number;
  peakValue: number;
  warmupSteps: number;
  /** The length of the cycle. */
  decaySteps: number;
}

/**
 * Warm-ups and cosines one after the other: stochastic gradient descent with warm restarts.
 *
 * @see optax.sgdr_schedule; Loshchilov and Hutter, SGDR, 2016
 */
export function sgdrSchedule(cosineKwargs: readonly SgdrCycle[]): Schedule {
  const cycle = "{ initValue: 0, peakValue: 0.1, warmupSteps: 10, decaySteps: 100 }";
  assertList(cosineKwargs, "cycles", "sgdrSchedule", `sgdrSchedule([${cycle}])`);
  const schedules = cosineKwargs.map(({ initValue, peakValue, warmupSteps, decaySteps, ...options }) =>
    warmupCosineDecaySchedule(initValue, peakValue, warmupSteps, decaySteps, options),
  );
  let end = 0;
  const ends = cosineKwargs.map(({ decaySteps }) => (end += decaySteps));
  return joinSchedules(schedules, ends.slice(0, -1));
}

/** Options of {@link cosineOnecycleSchedule}. */
export interface CosineOnecycleOptions {
  /** The share of the steps that ascends. Default 0.3. */
  pctStart?: number | undefined;
  /** The peak divided by the first value. Default 25. */
  divFactor?: number | undefined;
  /** The first value divided by the last. Default 1e4. */
  finalDivFactor?: number | undefined;
}

/**
 * From `peakValue / divFactor` up to `peakValue` and down to `peakValue / (divFactor * finalDivFactor)`, both along
 * half a cosine.
 *
 * @throws InvalidArgumentError unless `transitionSteps` is greater than 0
 * @see optax.cosine_onecycle_schedule; Smith and Topin, Super-convergence, 2017
 */
export function cosineOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 }: CosineOnecycleOptions = {},
): Schedule {
  assertPositive("cosineOnecycleSchedule", "transitionSteps", transitionSteps);
  const [end, turn] = [Math.trunc(transitionSteps), Math.trunc(pctStart * transitionSteps)];
  const first = peakValue / divFactor;
  return joinSchedules(
    [
      cosineInterpolation(first, peakValue, turn),
      cosineInterpolation(peakValue, first / finalDivFactor, end - turn),
    ],
    [turn],
  );
}

function cosineInterpolation(start: number, end: number, steps: number): Schedule {
  if (steps <= 0) return constantSchedule(end);
  const schedule: Schedule = (step) => tf.add(tf.mul(halfCosine(progress(step, 0, steps)), start - end), end);
  return madeBy(schedule, cosineInterpolation, [start, end, steps]);
}

/** Coefficients of t², t⁴, … in the series of cos(πt/2) - 1, the last first. */
const SERIES = [5, 4, 3, 2, 1].map((k) => {
  let coefficient = 1;
  for (let i = 1; i <= 2 * k; i++) coefficient *= Math.PI / 2 / i;
  return k % 2 === 0 ? coefficient : -coefficient;
});

/**
 * `0.5 * (1 + cos(πt))` for t from 0 to 1, as the square of cos(πt/2). The series leaves 6e-8 at most, because its
 * error is largest where the cosine vanishes; `tf.cos` is off by 1e-4 on webgl and webgpu.
 */
function halfCosine(t: tf.Scalar): tf.Scalar {
  const square = tf.square(t);
  const [last, ...others] = SERIES;
  const sum = others.reduce(
    (terms: tf.Scalar, coefficient) => tf.mul(tf.add(terms, coefficient), square),
    tf.mul<tf.Scalar>(square, last!),
  );
  return tf.square(tf.add(sum, 1));
}
