/** @file Sums along axes over the elements that a mask leaves in. */
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

/** The lowest float32: its exponential is 0, and its difference to any number is none of NaN. */
export const LOWEST = -3.4028234663852886e38;

/**
 * `where` as booleans that broadcast against `x`: a mask without the `axes` gets them, of size 1; `undefined` stays.
 */
export function maskFor(x: tf.Tensor, where: tf.Tensor | undefined, axes: number[]): tf.Tensor | undefined {
  if (!where) return undefined;
  const mask = where.dtype === "bool" ? where : tf.notEqual(where, tf.scalar(0, where.dtype));
  if (mask.rank === x.rank) return mask;
  return [...axes].sort((a, b) => a - b).reduce((wide, axis) => tf.expandDims(wide, axis), mask);
}

/** `x` where `mask` is true, else `other`; `x` as it is without a mask. */
export function onlyWhere(x: tf.Tensor, mask: tf.Tensor | undefined, other: number): tf.Tensor {
  return mask ? tf.where(mask, x, tf.scalar(other)) : x;
}

/**
 * `log(sum(exp(x)))` over `axes` of those elements that `mask` leaves in, without overflow; the axes stay, of size 1.
 * Of no element at all it is some very low number.
 */
export function maskedLogSumExp(x: tf.Tensor, axes: number[], mask: tf.Tensor | undefined): tf.Tensor {
  const shown = onlyWhere(x, mask, LOWEST);
  const largest = stopGradient(tf.max(shown, axes, true));
  return tf.add(largest, tf.log(tf.sum(tf.exp(tf.sub(shown, largest)), axes, true)));
}
