/** @file Elements that count and elements that do not. */
import * as tf from "@tensorflow/tfjs-core";
import { ShapeMismatchError } from "./errors.ts";

/** The lowest float32: its exponential is 0, and its difference to any number is none of NaN. */
export const LOWEST = -3.4028234663852886e38;

/** `mask` as booleans: what is not zero is true. */
export function asBool(mask: tf.Tensor): tf.Tensor {
  return mask.dtype === "bool" ? mask : tf.notEqual(mask, tf.scalar(0, mask.dtype));
}

/** `x` where `mask` is true, else `other`; `x` as it is without a mask. */
export function onlyWhere(x: tf.Tensor, mask: tf.Tensor | undefined, other: number): tf.Tensor {
  return mask ? tf.where(mask, x, tf.scalar(other)) : x;
}

/**
 * `where` as booleans.
 *
 * @throws ShapeMismatchError unless it broadcasts to the shape of `x`, on behalf of `caller`
 */
export function maskLike(x: tf.Tensor, where: tf.Tensor, caller: string): tf.Tensor {
  const missing = x.rank - where.rank;
  if (missing >= 0 && where.shape.every((size, i) => size === 1 || size === x.shape[missing + i])) {
    return asBool(where);
  }
  throw new ShapeMismatchError(
    `${caller}: expected where to broadcast to the shape [${x.shape.join(", ")}], got [${where.shape.join(", ")}]. ` +
      `Give the axes that it lacks the size 1: tf.expandDims(where, -1).`,
  );
}
