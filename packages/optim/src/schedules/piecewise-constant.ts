/** @file A schedule that jumps. */
import { assertNumber, assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Schedule } from "./schedule.ts";

/**
 * `initValue`, multiplied by a scale from each boundary on.
 *
 * ```ts
 * piecewiseConstantSchedule(1, { 5: 0.5, 10: 0.1 }); // 1, from step 5 on 0.5, from step 10 on 0.05
 * ```
 *
 * @param boundariesAndScales scales by the step at which they set in
 * @throws InvalidArgumentError for a negative scale
 * @see optax.piecewise_constant_schedule
 */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: Readonly<Record<number, number>> = {},
): Schedule {
  assertNumber(initValue, "initValue", "piecewiseConstantSchedule");
  assertOptions(boundariesAndScales, "piecewiseConstantSchedule");
  const jumps = assertScales(boundariesAndScales, "piecewiseConstantSchedule");
  const schedule: Schedule = (step) => {
    let scaled = initValue;
    return jumps.reduce((value: tf.Scalar | number, [boundary, scale]) => {
      scaled *= scale;
      return tf.where<tf.Scalar>(
        tf.less(step, tf.scalar(boundary, Number.isInteger(boundary) ? "int32" : "float32")),
        value,
        scaled,
      );
    }, initValue);
  };
  return madeBy(schedule, piecewiseConstantSchedule, [initValue, ...jumps.flat()]);
}

/** Boundaries and scales, ascending. @throws InvalidArgumentError for a negative scale, on behalf of `caller` */
export function assertScales(
  boundariesAndScales: Readonly<Record<number, number>>,
  caller: string,
): (readonly [boundary: number, scale: number])[] {
  const entries = Object.entries(boundariesAndScales).map(
    ([boundary, scale]) => [Number(boundary), scale] as const,
  );
  const wrong = entries.find(([boundary, scale]) => Number.isNaN(boundary) || !(scale >= 0));
  if (wrong === undefined) return entries.sort(([a], [b]) => a - b);
  throw new InvalidArgumentError(
    `${caller}: expected scales of at least 0 by step, got ${wrong.join(": ")}. For instance { 100: 0.1 }.`,
  );
}
