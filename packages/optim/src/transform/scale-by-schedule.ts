/** @file Updates times a function of the number of updates before. */
import { assertFunction } from "../checked-arguments.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
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
    init: startOfSchedule,
    update(updates, state) {
      const [value, next] = nextValue(stepSize, state, "scaleBySchedule");
      const factor = typeof value === "number" ? tf.scalar(value) : value;
      return [treeMap((update) => tf.mul(update, factor), updates), next];
    },
  };
  return madeBy(transformation, scaleBySchedule, [stepSize]);
}

/** The state before the first update. */
export function startOfSchedule(): ScheduleState {
  return { count: tf.scalar(0, "int32") };
}

/**
 * What a schedule says now, and the state after this update.
 *
 * @throws InvalidArgumentError on behalf of `caller` for what is no scalar
 */
export function nextValue(
  schedule: Schedule,
  { count }: ScheduleState,
  caller: string,
): [value: Hyperparameter, state: ScheduleState] {
  return [asScalar(schedule(copyOf(count)), caller), { count: random.increment(count) }];
}

/**
 * A copy of `count` with data of its own: webgl uploads what operations of a schedule touch, and an uploaded count
 * could not be counted on exactly.
 */
export function copyOf(count: tf.Tensor): tf.Scalar {
  return tf.sub(random.increment(count), tf.scalar(1, "int32"));
}

function asScalar(value: tf.Tensor | number, caller: string): Hyperparameter {
  if (typeof value === "number") return value;
  // A tensor without dimensions is a scalar.
  if (value instanceof tf.Tensor && value.rank === 0) return value as tf.Scalar;
  const found: unknown = value;
  throw new InvalidArgumentError(
    `${caller}: expected the schedule to return a number or a scalar tensor, got ` +
      `${found instanceof tf.Tensor ? `a tensor [${found.shape.join(", ")}]` : typeof found}. ` +
      `A schedule computes from the count with tf operations: (step) => tf.div(0.1, tf.add(step, 1)).`,
  );
}
