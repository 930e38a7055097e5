/** @file Numbers that may live in a state: the arithmetic of hyperparameters. */
import { InvalidArgumentError } from "@nnx-js/nn";
import { integerPower, linearCombination, squareCombination } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { found } from "./checked-arguments.ts";

/** A number, or a float32 scalar tensor that holds it, as `injectHyperparams` gives one. */
export type Hyperparameter = number | tf.Scalar;

/** @throws InvalidArgumentError for what is neither a number nor a scalar tensor, on behalf of `caller` */
export function assertHyperparameter(
  value: unknown,
  name: string,
  caller: string,
): asserts value is Hyperparameter {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  if (value instanceof tf.Tensor && value.rank === 0) return;
  const what = value instanceof tf.Tensor ? `a tensor [${value.shape.join(", ")}]` : found(value);
  throw new InvalidArgumentError(`${caller}: expected a number for ${name}, got ${what}.`);
}

/** Whether numbers stand for float32 scalars, as they do in {@link asInjected}. */
let isInjected = false;

/**
 * What `fn` gives where the numbers of transformations count as float32 scalars. Optax makes scalars of all
 * hyperparameters, defaults included, once they are injected: `1 - 0.999` is then 1.00005 times 0.001.
 */
export function asInjected<T>(fn: () => T): T {
  const before = isInjected;
  isInjected = true;
  try {
    return fn();
  } finally {
    isInjected = before;
  }
}

/** `1 - value`, in float32 of a tensor. */
export function complement(value: Hyperparameter): Hyperparameter {
  if (typeof value !== "number") return tf.sub(1, value);
  return 1 - (isInjected ? Math.fround(value) : value);
}

/** `-value`. */
export function negative(value: Hyperparameter): Hyperparameter {
  return typeof value === "number" ? -value : tf.neg(value);
}

/** `a * x + b * y`; in one pass where both factors are numbers. */
export function weightedSum<T extends tf.Tensor>(
  a: Hyperparameter,
  x: T,
  b: Hyperparameter,
  y: tf.Tensor,
): T {
  if (typeof a === "number" && typeof b === "number") return linearCombination(a, x, b, y);
  return tf.add(a === 1 ? x : tf.mul<T>(x, a), tf.mul(y, b));
}

/** `a * x² + b * y`; in one pass where both factors are numbers. */
export function weightedSquareSum<T extends tf.Tensor>(
  a: Hyperparameter,
  x: T,
  b: Hyperparameter,
  y: tf.Tensor,
): T {
  if (typeof a === "number" && typeof b === "number") return squareCombination(a, x, b, y);
  return tf.add(tf.mul<T>(tf.square(x), a), tf.mul(y, b));
}

/** `base ** exponent` for an int32 scalar `exponent`; of a tensor with the precision of the backend's `tf.pow`. */
export function powerOf(base: Hyperparameter, exponent: tf.Tensor): tf.Scalar {
  if (typeof base === "number") return integerPower(base, exponent);
  return tf.pow(base, tf.cast(exponent, "float32"));
}
