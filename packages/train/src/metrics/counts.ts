/** @file Counting in metrics: exactly, without reading anything. */
import { setValues, type Variable } from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** Starts counts anew. */
export function clear(variables: readonly Variable[]): void {
  setValues(variables, () => variables.map(({ shape, dtype }) => tf.zeros([...shape], dtype as "int32")));
}

/**
 * How often each of `0 … size - 1` is among `places`: int32 `[size]`. Others are not counted, and none where `mask` is
 * false.
 *
 * @param places int32, of any shape
 * @param mask bool, of the same shape
 */
export function countsOf(places: tf.Tensor, size: number, mask?: tf.Tensor): tf.Tensor {
  const isInside = tf.logicalAnd(tf.greaterEqual(places, 0), tf.less(places, size));
  const counted = mask ? tf.logicalAnd(isInside, mask) : isInside;
  const segments = tf.where(counted, places, full(places.shape, size, "int32"));
  // A batch has less than 2^24 predictions, so that floats count them exactly.
  const ones = tf.ones([places.size]);
  const counts = tf.unsortedSegmentSum(ones, tf.reshape(segments, [places.size]), size + 1);
  return tf.cast(tf.slice(counts, [0], [size]), "int32");
}
