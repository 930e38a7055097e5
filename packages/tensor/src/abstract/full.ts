/** @file Constant tensors made by a kernel: nothing is built in JavaScript and uploaded. */
import { assertShape } from "../shape-argument.ts";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A tensor filled with one value.
 *
 * `tf.zeros` and `tf.ones` build a JavaScript array of the full size first; this runs one `Fill` kernel, which
 * costs nothing inside `evalShape`, however large the shape.
 *
 * @param dtype `"float32"` unless given; for `"bool"` the value is 0 or 1.
 * @see jax.numpy.full
 */
export function full<R extends tf.Rank = tf.Rank>(
  shape: tf.ShapeMap[R],
  value: number,
  dtype: "float32" | "int32" | "bool" = "float32",
): tf.Tensor<R> {
  assertShape(shape, "full", "full([2, 3], 0)");
  return tf.fill<R>(shape, value, dtype);
}
