/** @file Functions of two numbers as they are in exact arithmetic, for kernels that run in JavaScript. */
import * as tf from "@tensorflow/tfjs-core";

type Binary = (a: number, b: number) => number;

/** The remainder that has the divisor's sign. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** As C's, NumPy's and JAX's: of 1 every power is 1, and of -1 an infinite one, where JavaScript says NaN. */
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}

/** Modulo 2^32, by squaring; a negative exponent gives what is left of the fraction. */
function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 || (base === -1 && exponent % 2 === 0) ? 1 : base === -1 ? -1 : 0;
  let power = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = Math.imul(power, square);
    square = Math.imul(square, square);
  }
  return power;
}

/** By kernel name: elementwise kernels of two inputs `a` and `b`, on floating-point numbers. */
export const BINARY: Readonly<Record<string, Binary>> = {
  [tf.Atan2]: Math.atan2,
  [tf.FloorDiv]: (a, b) => Math.floor(a / b),
  [tf.Maximum]: Math.max,
  [tf.Minimum]: Math.min,
  [tf.Mod]: remainder,
  [tf.Pow]: power,
};

/** The same on integers, modulo 2^32: storing the result wraps it. */
export const INTEGER_BINARY: Readonly<Record<string, Binary>> = {
  [tf.Add]: (a, b) => a + b,
  [tf.Atan2]: Math.atan2,
  [tf.FloorDiv]: (a, b) => Math.floor(a / b),
  [tf.Maximum]: Math.max,
  [tf.Minimum]: Math.min,
  [tf.Mod]: remainder,
  [tf.Multiply]: Math.imul,
  [tf.Pow]: integerPower,
  [tf.SquaredDifference]: (a, b) => Math.imul((a - b) | 0, (a - b) | 0),
  [tf.Sub]: (a, b) => a - b,
};
