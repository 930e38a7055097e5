/** @file Activations that work along an axis. */
import { InvalidArgumentError } from "../errors.ts";
import { assertTensor } from "../checked-arguments.ts";
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type Axis, axesOf } from "../axes.ts";
import { LOWEST, maskLike, onlyWhere } from "../masking.ts";

/** Options of {@link softmax} and {@link logSoftmax}. */
export interface SoftmaxOptions {
  /** Only elements where it is true count; it broadcasts to `x`. Default: all. */
  where?: tf.Tensor | undefined;
}

/**
 * `exp(x) / sum(exp(x))` along `axis`, the last unless given; 0 where `where` is false.
 *
 * @param axis one axis, several, or `null` for all
 * @throws InvalidArgumentError for an axis that `x` does not have; ShapeMismatchError for a mask that does not fit
 * @see jax.nn.softmax
 */
export function softmax(x: tf.Tensor, axis: Axis = -1, { where }: SoftmaxOptions = {}): tf.Tensor {
  assertTensor(x, "softmax");
  const axes = axesOf(axis, x.rank, "softmax");
  if (where) {
    const { powers, sum } = powersWhere(x, axes, maskLike(x, where, "softmax"));
    return tf.div(powers, sum);
  }
  if (isLast(axes, x)) return tf.softmax(x);
  const shifted = tf.exp(tf.sub(x, stopGradient(tf.max(x, axes, true))));
  return tf.div(shifted, tf.sum(shifted, axes, true));
}

/**
 * `log(softmax(x))` along `axis`, the last unless given, without overflow; -Infinity where `where` is false.
 *
 * @param axis one axis, several, or `null` for all
 * @throws as {@link softmax}
 * @see jax.nn.log_softmax
 */
export function logSoftmax(x: tf.Tensor, axis: Axis = -1, { where }: SoftmaxOptions = {}): tf.Tensor {
  assertTensor(x, "logSoftmax");
  const axes = axesOf(axis, x.rank, "logSoftmax");
  if (where) {
    const mask = maskLike(x, where, "logSoftmax");
    const { shifted, sum } = powersWhere(x, axes, mask);
    return onlyWhere(tf.sub(shifted, tf.log(sum)), mask, -Infinity);
  }
  if (isLast(axes, x)) return tf.logSoftmax(x);
  const shifted = tf.sub(x, stopGradient(tf.max(x, axes, true)));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axes, true)));
}

/** Where `mask` is true, `x` less its maximum, and the powers of that; their sums along `axes`, 1 where there are none. */
function powersWhere(x: tf.Tensor, axes: number[], mask: tf.Tensor) {
  const shown = onlyWhere(x, mask, LOWEST);
  const shifted = tf.sub(shown, stopGradient(tf.max(shown, axes, true)));
  const powers = onlyWhere(tf.exp(shifted), mask, 0);
  return { shifted, powers, sum: nonZero(tf.sum(powers, axes, true)).value };
}

/** `x` with 1 for 0, and where that is; so that neither its logarithm nor its quotients have a gradient of NaN there. */
function nonZero(x: tf.Tensor): { value: tf.Tensor; isZero: tf.Tensor } {
  const isZero = tf.equal(x, 0);
  return { value: tf.where(isZero, tf.scalar(1), x), isZero };
}

/** Options of {@link logsumexp}. */
export interface LogSumExpOptions extends SoftmaxOptions {
  /** One axis, several, or `null` for all. Default `null`. */
  axis?: Axis | undefined;
  /** Whether the axes stay, with size 1. Default false. */
  keepDims?: boolean | undefined;
}

/**
 * `log(sum(exp(x)))` over `axis` (all unless given), without overflow; of infinities it is the largest, of no elements
 * -Infinity, with a gradient of 0.
 *
 * @throws as {@link softmax}
 * @see jax.nn.logsumexp
 */
export function logsumexp(
  x: tf.Tensor,
  { axis = null, keepDims = false, where }: LogSumExpOptions = {},
): tf.Tensor {
  assertTensor(x, "logsumexp");
  const axes = axesOf(axis, x.rank, "logsumexp");
  const mask = where && maskLike(x, where, "logsumexp");
  const shown = onlyWhere(x, mask, LOWEST);
  const largest = stopGradient(tf.max(shown, axes, true));
  // An infinity less itself would be NaN: tf.logSumExp makes that mistake.
  const shift = tf.where(tf.less(tf.abs(largest), Infinity), largest, tf.zerosLike(largest));
  const powers = onlyWhere(tf.exp(tf.sub(shown, shift)), mask, 0);
  const { value: sum, isZero } = nonZero(tf.sum(powers, axes, true));
  const total = tf.where(isZero, tf.scalar(-Infinity), tf.add(tf.log(sum), shift));
  return keepDims ? total : tf.squeeze(total, axes);
}

/** Options of {@link standardize}. */
export interface StandardizeOptions {
  /** Default -1. */
  axis?: Axis | undefined;
  /** Of a shape that broadcasts to that of `x`. Default: the mean along `axis`. */
  mean?: tf.Tensor | undefined;
  /** Of a shape that broadcasts to that of `x`. Default: `mean(x²) - mean²` along `axis`. */
  variance?: tf.Tensor | undefined;
  /** Added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
}

/** `x` moved and scaled to mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon)`. @see jax.nn.standardize */
export function standardize(
  x: tf.Tensor,
  { axis = -1, mean, variance, epsilon = 1e-5 }: StandardizeOptions = {},
): tf.Tensor {
  assertTensor(x, "standardize");
  const axes = axesOf(axis, x.rank, "standardize");
  const center = mean ?? tf.mean(x, axes, true);
  // Rounding can make the difference negative.
  const spread = variance ?? tf.relu(tf.sub(tf.mean(tf.square(x), axes, true), tf.square(center)));
  return tf.mul(tf.sub(x, center), tf.rsqrt(tf.add(spread, epsilon)));
}

/**
 * Vectors of `numClasses` with a 1 at each of `indices` (int32, any shape) and 0 elsewhere; float32. An index out
 * of range gives zeros. The vectors are along `axis` of the result, the last unless given.
 *
 * @throws InvalidArgumentError unless `numClasses` is a positive integer
 * @see jax.nn.one_hot
 */
export function oneHot(
  indices: tf.Tensor,
  numClasses: number,
  { axis = -1 }: { axis?: number | undefined } = {},
): tf.Tensor {
  assertTensor(indices, "oneHot");
  if (!(Number.isInteger(numClasses) && numClasses > 0)) {
    throw new InvalidArgumentError(
      `oneHot: expected a positive integer for numClasses, got ${String(numClasses)}. Write oneHot(indices, 10).`,
    );
  }
  const vectors = tf.cast(tf.oneHot(indices, numClasses), "float32");
  const place = axis < 0 ? vectors.rank + axis : axis;
  if (place === vectors.rank - 1) return vectors;
  const order = indices.shape.map((_, i) => i);
  return tf.transpose(vectors, [...order.slice(0, place), indices.rank, ...order.slice(place)]);
}

function isLast(axes: readonly number[], x: tf.Tensor): boolean {
  return axes.length === 1 && axes[0] === x.rank - 1;
}
