/** @file Schedules that go from value to value, and the one-cycle schedules, which are three of them. */
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertNumber, assertOptions, found } from "../checked-arguments.ts";
import { halfCosine } from "./half-cosine.ts";
import { assertScales } from "./piecewise-constant.ts";
import { assertPositive, progress } from "./progress.ts";
import type { Schedule } from "./schedule.ts";
import { POSITIVE, SHARE } from "../ranges.ts";

/** How a schedule goes from one value to the next: along a straight line, or along half a cosine. */
export type Interpolation = "linear" | "cosine";

/**
 * From `initValue` to its product with the first scale at the first boundary, from there to the product with the next
 * scale, and so on; the last value stays. At negative steps it is 0.
 *
 * ```ts
 * piecewiseInterpolateSchedule("linear", 1, { 4: 0.1, 8: 0.01 }); // 1 at 0, 0.1 at 4, 0.001 from 8 on
 * ```
 *
 * @param boundariesAndScales scales by the step at which their product is reached
 * @throws InvalidArgumentError for another interpolation, and for a negative scale
 * @see optax.piecewise_interpolate_schedule
 */
export function piecewiseInterpolateSchedule(
  interpolateType: Interpolation,
  initValue: number,
  boundariesAndScales: Readonly<Record<number, number>> = {},
): Schedule {
  if (interpolateType !== "linear" && interpolateType !== "cosine") {
    throw new InvalidArgumentError(
      `piecewiseInterpolateSchedule: expected "linear" or "cosine", got ${found(interpolateType)}. ` +
        `For instance piecewiseInterpolateSchedule("cosine", 1, { 100: 0.1 }).`,
    );
  }
  assertNumber(initValue, "initValue", "piecewiseInterpolateSchedule");
  assertOptions(boundariesAndScales, "piecewiseInterpolateSchedule");
  const jumps = assertScales(boundariesAndScales, "piecewiseInterpolateSchedule");
  const bounds = [0, ...jumps.map(([boundary]) => boundary)];
  let product = Math.fround(initValue);
  const values = [
    product,
    ...jumps.map(([, scale]) => (product = Math.fround(product * Math.fround(scale)))),
  ];
  const schedule: Schedule = (step) =>
    bounds.reduce((sum: tf.Scalar, begin, i) => {
      const end = bounds[i + 1];
      const [from, to] = [values[i]!, values[i + 1]];
      const hasBegun = tf.greaterEqual<tf.Scalar>(step, tf.scalar(begin));
      if (end === undefined || to === undefined) return tf.add(sum, tf.where(hasBegun, from, 0));
      const isHere = tf.logicalAnd(hasBegun, tf.less(step, tf.scalar(end)));
      const pct = progress(step, begin, Math.max(end - begin, 1));
      const value =
        interpolateType === "linear"
          ? tf.add(tf.mul(pct, Math.fround(to - from)), from)
          : tf.add(tf.mul(halfCosine(pct), Math.fround(from - to)), to);
      return tf.add(sum, tf.where(isHere, value, 0));
    }, tf.scalar(0));
  return madeBy(schedule, piecewiseInterpolateSchedule, [interpolateType, initValue, ...jumps.flat()]);
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

/** Options of {@link linearOnecycleSchedule}. */
export interface LinearOnecycleOptions extends CosineOnecycleOptions {
  /** The share of the steps after which the first value is reached again. Default 0.85. */
  pctFinal?: number | undefined;
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
  options: CosineOnecycleOptions = {},
): Schedule {
  assertOptions(options, "cosineOnecycleSchedule", {
    pctStart: SHARE,
    divFactor: POSITIVE,
    finalDivFactor: POSITIVE,
  });
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  assertPositive("cosineOnecycleSchedule", "transitionSteps", transitionSteps);
  assertNumber(peakValue, "peakValue", "cosineOnecycleSchedule");
  return piecewiseInterpolateSchedule("cosine", peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(transitionSteps)]: 1 / (divFactor * finalDivFactor),
  });
}

/**
 * From `peakValue / divFactor` up to `peakValue`, down again, and on to `peakValue / (divFactor * finalDivFactor)`,
 * along straight lines.
 *
 * @throws InvalidArgumentError unless `transitionSteps` is greater than 0
 * @see optax.linear_onecycle_schedule; Smith and Topin, Super-convergence, 2017
 */
export function linearOnecycleSchedule(
  transitionSteps: number,
  peakValue: number,
  options: LinearOnecycleOptions = {},
): Schedule {
  assertOptions(options, "linearOnecycleSchedule", {
    pctFinal: SHARE,
    pctStart: SHARE,
    divFactor: POSITIVE,
    finalDivFactor: POSITIVE,
  });
  const { pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4 } = options;
  assertPositive("linearOnecycleSchedule", "transitionSteps", transitionSteps);
  assertNumber(peakValue, "peakValue", "linearOnecycleSchedule");
  return piecewiseInterpolateSchedule("linear", peakValue / divFactor, {
    [Math.trunc(pctStart * transitionSteps)]: divFactor,
    [Math.trunc(pctFinal * transitionSteps)]: 1 / divFactor,
    [transitionSteps]: 1 / finalDivFactor,
  });
}
