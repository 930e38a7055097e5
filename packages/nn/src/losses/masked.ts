/** @file Sums along axes over the elements that a mask leaves in. */
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { asBool, LOWEST, onlyWhere } from "../masking.ts";

/**
 * `where` as booleans that broadcast against `x`: a mask without the `axes` gets them, of size 1; `undefined` stays.
 */
export function maskFor(x: tf.Tensor, where: tf.Tensor | undefined, axes: number[]): tf.Tensor | undefined {
  if (!where) return undefined;
  const mask = asBool(where);
  if (mask.rank === x.rank) return mask;
  return [...axes].sort((a, b) => a - b).reduce((wide, axis) => tf.expandDims(wide, axis), mask);
}

/**
 * Where a term `weights * …` adds anything: where the weight is not 0. The other factor of such terms is chosen by it
 * before they are multiplied, so that neither the product nor a gradient of it is 0 times infinity.
 */
export function countsWhere(weights: tf.Tensor): tf.Tensor {
  return tf.notEqual(weights, 0);
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
