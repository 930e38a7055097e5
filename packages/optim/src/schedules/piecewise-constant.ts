/** @file A schedule that jumps. */
import { assertNumber, assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
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
 * @see optax.piecewise_constant_schedule
 */
export function piecewiseConstantSchedule(
  initValue: number,
  boundariesAndScales: Readonly<Record<number, number>> = {},
): Schedule {
  assertNumber(initValue, "initValue", "piecewiseConstantSchedule");
  assertOptions(boundariesAndScales, "piecewiseConstantSchedule");
  // Object.entries gives integer keys in ascending order.
  const jumps = Object.entries(boundariesAndScales).map(([boundary, scale]) => [Number(boundary), scale]);
  const schedule: Schedule = (step) => {
    let scaled = initValue;
    return jumps.reduce((value: tf.Scalar | number, [boundary, scale]) => {
      scaled *= scale!;
      return tf.where<tf.Scalar>(tf.less(step, tf.scalar(boundary!, "int32")), value, scaled);
    }, initValue);
  };
  return madeBy(schedule, piecewiseConstantSchedule, [initValue, ...jumps.flat()]);
}
