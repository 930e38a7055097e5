/** @file A power as JAX rounds it. */
import { integerPower } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, powerOf } from "../hyperparameter.ts";
import { asFloat } from "./count.ts";

/**
 * `base ** count` by squaring, with every product rounded to float32, for an int32 scalar `count` and a base between
 * 0 and 1. `integerPower` is nearer to the truth; this is for what multiplies the rounding errors a thousandfold and
 * shall agree with Optax all the same.
 *
 * @see `jax.lax.pow` with an integer exponent
 */
export function squaredPower(base: Hyperparameter, count: tf.Tensor): tf.Scalar {
  if (typeof base !== "number") return powerOf(base, count);
  const squares = squaresOf(base);
  if (squares === undefined) return integerPower(base, count);
  const halved = tf.floor(tf.mul(asFloat(count), tf.tensor1d(squares.map((_, i) => 2 ** -i))));
  const isOdd = tf.greater(tf.sub(halved, tf.mul(2, tf.floor(tf.mul(0.5, halved)))), 0);
  // The last square is 0, and so is every one after it.
  const isLast = tf.tensor1d(
    squares.map((square) => square === 0),
    "bool",
  );
  const isFactor = tf.logicalOr(isOdd, tf.logicalAnd(isLast, tf.greater(halved, 0)));
  const factors = tf.unstack(tf.where<tf.Tensor>(isFactor, tf.tensor1d(squares), tf.scalar(1)));
  // Unstacked vectors are scalars.
  return factors.reduce((power, factor) => tf.mul(power, factor)) as tf.Scalar;
}

/** `base`, its square, the square of that and so on down to 0; undefined unless that takes few. */
function squaresOf(base: number): number[] | undefined {
  if (!(base > 0 && base < 1)) return undefined;
  const squares = [Math.fround(base)];
  while (squares.at(-1)! > 0 && squares.length < 32) squares.push(Math.fround(squares.at(-1)! ** 2));
  return squares.at(-1) === 0 ? squares : undefined;
}
