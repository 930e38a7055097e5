/** @file The arithmetic of steps that schedules share. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** `(step - begin) / steps` in float32, kept within 0 and 1; 0-dimensional. */
export function progress(step: tf.Scalar, begin: number, steps: number): tf.Scalar {
  return tf.div(tf.clipByValue(stepsSince(step, begin), 0, steps), steps);
}

/** `step - begin` in float32, with data of its own even for 0: later operations then leave those of `step` alone. */
export function stepsSince(step: tf.Scalar, begin: number): tf.Scalar {
  return tf.sub(tf.cast(step, "float32"), begin);
}

/** @throws InvalidArgumentError unless `steps` is a positive number */
export function assertPositive(schedule: string, name: string, steps: number): void {
  if (steps > 0) return;
  throw new InvalidArgumentError(
    `${schedule}: expected ${name} to be greater than 0, got ${steps}. Pass the number of updates it takes.`,
  );
}
