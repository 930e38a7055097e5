/** @file Counting in metrics: exactly, without reading anything. */
import type { Variable } from "@nnx-js/nn";
import { full, noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** Gives each of `variables` the value that `next` computes for it; no gradient flows through. */
export function assign(variables: readonly Variable[], next: () => readonly tf.Tensor[]): void {
  noGradient(() =>
    tf.tidy(() => {
      for (const [i, value] of next().entries()) variables[i]!.value = value;
    }),
  );
}

/** Starts counts anew. */
export function clear(variables: readonly Variable[]): void {
  assign(variables, () => variables.map(({ shape, dtype }) => tf.zeros([...shape], dtype as "int32")));
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

/** `numerator / denominator` of floats, and `otherwise` where the denominator is 0. */
export function ratio(numerator: tf.Tensor, denominator: tf.Tensor, otherwise: number): tf.Tensor {
  const isNone = tf.equal(denominator, 0);
  const safe = tf.where(isNone, tf.onesLike(denominator), denominator);
  return tf.where(isNone, full(denominator.shape, otherwise, "float32"), tf.div(numerator, safe));
}
