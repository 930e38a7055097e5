/** @file The number of updates so far, as transformations count it. */
import * as tf from "@tensorflow/tfjs-core";
import { copyOf } from "./scale-by-schedule.ts";

/** Before the first update: int32 `[]`. */
export function zeroCount(): tf.Scalar {
  return tf.scalar(0, "int32");
}

/** The count as float32 `[]`. */
export function asFloat(count: tf.Tensor): tf.Scalar {
  return tf.cast(copyOf(count), "float32");
}

/** Whether there was no update before: bool `[]`. */
export function isFirst(count: tf.Tensor): tf.Scalar {
  return tf.equal(copyOf(count), tf.scalar(0, "int32"));
}
