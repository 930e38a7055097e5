/** @file The value of a number or a schedule after a number of updates. */
import * as tf from "@tensorflow/tfjs-core";
import type { LearningRate } from "../schedules/schedule.ts";
import { nextValue } from "./scale-by-schedule.ts";

/**
 * The number, or what the schedule says at `count`: float32 `[]`.
 *
 * @throws InvalidArgumentError on behalf of `caller` for a schedule that gives no scalar
 */
export function valueAt(rate: LearningRate, count: tf.Tensor, caller: string): tf.Scalar {
  const value = typeof rate === "function" ? nextValue(rate, { count }, caller)[0] : rate;
  return typeof value === "number" ? tf.scalar(value) : value;
}
