/** @file Updates times a function of the number of updates before. */
import { assertFunction } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { Schedule } from "../schedules/schedule.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/** The number of updates so far, int32 `[]`. */
export type ScheduleState = { readonly count: tf.Tensor };

/**
 * Updates times `stepSize(count)`, where `count` is 0 at the first update.
 *
 * @see optax.scale_by_schedule
 */
export function scaleBySchedule(stepSize: Schedule): GradientTransformation<ScheduleState> {
  assertFunction(stepSize, "scaleBySchedule", "scaleBySchedule((count) => tf.div(0.1, tf.add(count, 1)))");
  const transformation: GradientTransformation<ScheduleState> = {
    init: () => ({ count: tf.scalar(0, "int32") }),
    update(updates, { count }) {
      const factor = asScalar(stepSize(copyOf(count)));
      return [treeMap((update) => tf.mul(update, factor), updates), { count: random.increment(count) }];
    },
  };
  return madeBy(transformation, scaleBySchedule, [stepSize]);
}

/**
 * A copy of `count` with data of its own: webgl uploads what operations of a schedule touch, and an uploaded count
 * could not be counted on exactly.
 */
function copyOf(count: tf.Tensor): tf.Scalar {
  return tf.sub(random.increment(count), tf.scalar(1, "int32"));
}

function asScalar(value: tf.Tensor | number): tf.Tensor {
  if (typeof value === "number") return tf.scalar(value);
  if (value instanceof tf.Tensor && value.rank === 0) return value;
  const found: unknown = value;
  throw new InvalidArgumentError(
    `scaleBySchedule: expected the schedule to return a number or a scalar tensor, got ` +
      `${found instanceof tf.Tensor ? `a tensor [${found.shape.join(", ")}]` : typeof found}. ` +
      `A schedule computes from the count with tf operations: (step) => tf.div(0.1, tf.add(step, 1)).`,
  );
}
