/** @file Random bits, booleans, integers, orders and classes. */
import * as tf from "@tensorflow/tfjs-core";
import { runKernel } from "../kernels/run.ts";
import { checkBounds, checkInteger, checkKey, checkShape, describe } from "./check.ts";
import { draw, gumbel } from "./continuous.ts";
import { RandomArgumentError } from "./errors.ts";

/** 32 random bits an element, as int32. @see `jax.random.bits` */
export function bits(key: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return draw("bits", key, shape);
}

/**
 * bool values that are true with probability `p`.
 *
 * @param p from 0 to 1
 * @throws {RandomArgumentError} if an argument is of the wrong kind or range
 * @see `jax.random.bernoulli`
 */
export function bernoulli(key: tf.Tensor, p: number, shape: readonly number[]): tf.Tensor {
  if (!(typeof p === "number" && p >= 0 && p <= 1)) {
    throw new RandomArgumentError(
      "random.bernoulli: p",
      "a probability from 0 to 1",
      describe(p),
      "For instance random.bernoulli(key, 0.5, [3]).",
    );
  }
  return draw("bernoulli", key, shape, [p]);
}

/**
 * int32 values, uniform in `[minval, maxval)`.
 *
 * @param minval from -2^31
 * @param maxval to 2^31, itself excluded
 * @throws {RandomArgumentError} if an argument is of the wrong kind or range, or `minval` is not below `maxval`
 * @see `jax.random.randint`, whose slight bias is kept
 */
export function randint(key: tf.Tensor, shape: readonly number[], minval: number, maxval: number): tf.Tensor {
  const repair = "For instance random.randint(key, [3], 0, 10).";
  checkInteger("random.randint: minval", minval, repair, [-(2 ** 31), 2 ** 31]);
  checkInteger("random.randint: maxval", maxval, repair, [-(2 ** 31), 2 ** 31 + 1]);
  checkBounds("randint", ["minval", "maxval"], minval, maxval);
  return draw("randint", key, shape, [minval, maxval]);
}

/**
 * The integers below `n` in random order, or a tensor [n, ...] with its first axis in random order.
 *
 * @param x `n`, a float32 tensor [n, ...], or an int32 or bool tensor [n]
 * @throws {RandomArgumentError} if an argument is of the wrong kind
 * @see `jax.random.permutation`
 */
export function permutation(key: tf.Tensor, x: number): tf.Tensor1D;
export function permutation<T extends tf.Tensor>(key: tf.Tensor, x: T): T;
export function permutation(key: tf.Tensor, x: number | tf.Tensor): tf.Tensor {
  checkKey("permutation", key);
  if (!(x instanceof tf.Tensor)) {
    checkInteger("random.permutation: n", x, "For instance random.permutation(key, 10).", [0, 2 ** 31]);
    return runKernel("ThreefryPermutation", { key }, { n: x });
  }
  const n = x.shape[0] ?? 0;
  if (x.dtype === "float32" && x.rank > 0) {
    // tf.gather has a gradient, and moves floats exactly on every backend.
    return tf.tidy(() => tf.gather(x, permutation(key, n)));
  }
  if (x.rank === 1) return runKernel("ThreefryPermutation", { key, x }, { n });
  throw new RandomArgumentError(
    "random.permutation: x",
    "a number, a float32 tensor [n, ...] or a tensor [n]",
    describe(x),
    "Shuffle rows of small integers with tf.gather(x, random.permutation(key, x.shape[0])).",
  );
}

/** How `choice` draws. */
export interface ChoiceOptions {
  /** Whether an element can be drawn more than once; true unless given. */
  replace?: boolean | undefined;
}

/**
 * Integers below `n`, or rows of a float32 tensor [n, ...], all equally likely: `shape → [...shape, ...]`.
 *
 * @param shape `[]` (one draw) unless given
 * @throws {RandomArgumentError} if an argument is of the wrong kind, or there are too few elements
 * @see `jax.random.choice`
 */
export function choice(
  key: tf.Tensor,
  x: number | tf.Tensor,
  shape: readonly number[] = [],
  { replace = true }: ChoiceOptions = {},
): tf.Tensor {
  checkKey("choice", key);
  const draws = tf.util.sizeFromShape(checkShape("choice", shape));
  if (x instanceof tf.Tensor) {
    if (x.dtype === "float32" && x.rank > 0) {
      const n = x.shape[0] ?? 0;
      return tf.tidy(() => tf.gather(x, choice(key, n, shape, { replace })));
    }
    throw new RandomArgumentError(
      "random.choice: x",
      "a number or a float32 tensor [n, ...]",
      describe(x),
      "Choose indices: tf.gather(x, random.choice(key, x.shape[0], shape)).",
    );
  }
  checkInteger("random.choice: n", x, "For instance random.choice(key, 10, [3]).", [1, 2 ** 31]);
  if (replace) return randint(key, shape, 0, x);
  if (draws > x) {
    throw new RandomArgumentError(
      "random.choice: shape",
      `at most ${x} elements without replacement`,
      `${describe(shape)}, ${draws} elements`,
      "Draw fewer, or pass { replace: true }.",
    );
  }
  return tf.tidy(() => tf.reshape(tf.slice(permutation(key, x), [0], [draws]), [...shape]));
}

/**
 * int32 classes drawn by their unnormalised log probabilities: `argmax(logits + gumbel)` along `axis`.
 *
 * @param logits float32 `[..., classes, ...]`; the result has this shape without `axis`
 * @throws {RandomArgumentError} if an argument is of the wrong kind
 * @see `jax.random.categorical`
 */
export function categorical(key: tf.Tensor, logits: tf.Tensor, axis = -1): tf.Tensor {
  checkKey("categorical", key);
  if (!(logits instanceof tf.Tensor && logits.dtype === "float32" && logits.rank > 0)) {
    throw new RandomArgumentError(
      "random.categorical: logits",
      "a float32 tensor of rank 1 or more",
      describe(logits),
      'Convert them: tf.cast(logits, "float32").',
    );
  }
  checkInteger("random.categorical: axis", axis, `The logits have the shape [${logits.shape.join(", ")}].`, [
    -logits.rank,
    logits.rank,
  ]);
  return tf.tidy(() => tf.argMax(tf.add(logits, gumbel(key, logits.shape)), axis));
}
