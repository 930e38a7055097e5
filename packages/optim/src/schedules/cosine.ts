/** @file Schedules along half a cosine. */
import { assertInRange, assertList, assertNumber, assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { foldedHalfCosine } from "./half-cosine.ts";
import { joinSchedules } from "./join.ts";
import { linearSchedule, raise } from "./polynomial.ts";
import { assertPositive, stepsSince } from "./progress.ts";
import type { Schedule } from "./schedule.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

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
  options: CosineDecayOptions = {},
): Schedule {
  assertOptions(options, "cosineDecaySchedule", { alpha: NUMBER, exponent: NUMBER });
  const { alpha = 0, exponent = 1 } = options;
  assertNumber(initValue, "initValue", "cosineDecaySchedule");
  assertPositive("cosineDecaySchedule", "decaySteps", decaySteps);
  const schedule: Schedule = (step) => {
    const cosine = raise(foldedHalfCosine(periods(step, decaySteps)), exponent);
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
  options: WarmupCosineDecayOptions = {},
): Schedule {
  assertOptions(options, "warmupCosineDecaySchedule", { endValue: NUMBER, exponent: NUMBER });
  const { endValue = 0, exponent = 1 } = options;
  assertInRange(warmupSteps, NOT_NEGATIVE, "warmupSteps", "warmupCosineDecaySchedule");
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

/** `step / steps`, not more than 1. What is before the first step is as far from it as what is after, as in Optax. */
function periods(step: tf.Scalar, steps: number): tf.Scalar {
  return tf.div(tf.minimum<tf.Scalar>(stepsSince(step, 0), steps), steps);
}
