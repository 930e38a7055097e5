/** @file Random real numbers: uniform, normal and what is made of them. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../kernels/shapes.ts";
import { runKernel } from "../kernels/run.ts";
import { checkBounds, checkKey, checkShape } from "./check.ts";
import { RandomArgumentError } from "./errors.ts";

/** Bounds of `uniform`. */
export interface UniformOptions {
  /** The least value, 0 unless given. */
  minval?: number | undefined;
  /** The end of the interval, 1 unless given; rounding can reach it where the interval does not begin at 0. */
  maxval?: number | undefined;
}

/**
 * float32 values, uniform in `[minval, maxval)`, with 23 random bits each.
 *
 * @throws {RandomArgumentError} if an argument is of the wrong kind, or `minval` is not below `maxval`
 * @see `jax.random.uniform`
 */
export function uniform(key: tf.Tensor, shape: readonly number[], options?: UniformOptions): tf.Tensor;
export function uniform(
  key: tf.Tensor,
  shape: readonly number[],
  minval?: number,
  maxval?: number,
): tf.Tensor;
export function uniform(
  key: tf.Tensor,
  shape: readonly number[],
  first: number | UniformOptions = {},
  second?: number,
): tf.Tensor {
  const options = typeof first === "number" ? { minval: first, maxval: second } : first;
  const { minval = 0, maxval = 1 } = options;
  checkBounds("uniform", ["minval", "maxval"], minval, maxval);
  if (!Number.isFinite(Math.fround(Math.fround(maxval) - Math.fround(minval)))) {
    throw new RandomArgumentError(
      "random.uniform: minval, maxval",
      "a width that float32 can hold",
      `${minval} and ${maxval}`,
      "Draw from a narrower interval and scale the result.",
    );
  }
  return draw("uniform", key, shape, [minval, maxval]);
}

/** float32 values of the standard normal distribution. @see `jax.random.normal` */
export function normal(key: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return draw("normal", key, shape);
}

/**
 * float32 values of the standard normal distribution between `lower` and `upper`, both excluded; either may be infinite.
 *
 * @throws {RandomArgumentError} if an argument is of the wrong kind, or `lower` is not below `upper`
 * @see `jax.random.truncated_normal`
 */
export function truncatedNormal(
  key: tf.Tensor,
  lower: number,
  upper: number,
  shape: readonly number[],
): tf.Tensor {
  checkBounds("truncatedNormal", ["lower", "upper"], lower, upper);
  return draw("truncatedNormal", key, shape, [lower, upper]);
}

/** float32 values of the standard Gumbel distribution, `-log(-log(u))`. @see `jax.random.gumbel` */
export function gumbel(key: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return draw("gumbel", key, shape);
}

/** float32 values of the exponential distribution with rate 1. @see `jax.random.exponential` */
export function exponential(key: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return draw("exponential", key, shape);
}

/** float32 values of the Laplace distribution with mean 0 and scale 1. @see `jax.random.laplace` */
export function laplace(key: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return draw("laplace", key, shape);
}

/** float32 values of the logistic distribution with mean 0 and scale 1. @see `jax.random.logistic` */
export function logistic(key: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return draw("logistic", key, shape);
}

/** Checks key and shape, and draws in one kernel. */
export function draw(
  distribution: Distribution,
  key: tf.Tensor,
  shape: readonly number[],
  parameters: number[] = [],
): tf.Tensor {
  checkKey(distribution, key);
  return runKernel(
    "ThreefryRandom",
    { key },
    { shape: checkShape(distribution, shape), distribution, parameters },
  );
}
