/** @file Functions of one number as they are in exact arithmetic, for kernels that run in JavaScript. */
import * as tf from "@tensorflow/tfjs-core";

export const SELU_SCALE = 1.0507009873554805;
export const SELU_SCALE_ALPHA = 1.7580993408473768;

/** Keeps zeros, their signs and NaN. */
function sign(x: number): number {
  return x > 0 ? 1 : x < 0 ? -1 : x;
}

/** Of float32 `x`, right to float32: doubles hold what `1 + x` would lose but for the smallest `x`. */
function log1p(x: number): number {
  return Math.abs(x) < 1e-4 ? x * (1 - x / 2) : Math.log(1 + x);
}

/** To the nearest integer, of two the even one. */
function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest === 0.5) return floor + Math.abs(floor % 2);
  return rest < 0.5 ? floor : floor + 1;
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** Right to float32: a series around 0, the complement by a continued fraction beyond. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let [sum, term] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return TWO_OVER_SQRT_PI * sum;
  }
  let fraction = 0;
  for (let n = 40; n > 0; n--) fraction = n / 2 / (size + fraction);
  const complement = Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction));
  return Math.sign(x) * (1 - complement);
}

/** By kernel name: elementwise kernels of one input `x`. */
export const UNARY: Readonly<Record<string, (x: number) => number>> = {
  [tf.Abs]: Math.abs,
  [tf.Acos]: Math.acos,
  [tf.Acosh]: Math.acosh,
  [tf.Asin]: Math.asin,
  [tf.Asinh]: Math.asinh,
  [tf.Atan]: Math.atan,
  [tf.Atanh]: Math.atanh,
  [tf.Ceil]: Math.ceil,
  [tf.Cos]: Math.cos,
  [tf.Cosh]: Math.cosh,
  [tf.Elu]: (x) => (x > 0 ? x : Math.expm1(x)),
  [tf.Erf]: erf,
  [tf.Exp]: Math.exp,
  [tf.Expm1]: Math.expm1,
  [tf.Floor]: Math.floor,
  [tf.IsFinite]: (x) => Number(Number.isFinite(x)),
  [tf.IsInf]: (x) => Number(Math.abs(x) === Infinity),
  [tf.IsNan]: (x) => Number(Number.isNaN(x)),
  [tf.Log]: Math.log,
  [tf.Log1p]: log1p,
  [tf.LogicalNot]: (x) => Number(x === 0),
  [tf.Neg]: (x) => -x,
  [tf.Reciprocal]: (x) => 1 / x,
  [tf.Relu]: (x) => Math.max(0, x),
  [tf.Relu6]: (x) => Math.min(Math.max(0, x), 6),
  [tf.Round]: roundToEven,
  [tf.Rsqrt]: (x) => 1 / Math.sqrt(x),
  [tf.Selu]: (x) => (x > 0 ? SELU_SCALE * x : SELU_SCALE_ALPHA * Math.expm1(x)),
  [tf.Sigmoid]: (x) => 1 / (1 + Math.exp(-x)),
  [tf.Sign]: sign,
  [tf.Sin]: Math.sin,
  [tf.Sinh]: Math.sinh,
  [tf.Softplus]: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  [tf.Sqrt]: Math.sqrt,
  [tf.Square]: (x) => x * x,
  [tf.Tan]: Math.tan,
  [tf.Tanh]: Math.tanh,
};

/** Those of integers whose result a double cannot hold. */
export const INTEGER_UNARY: Readonly<Record<string, (x: number) => number>> = {
  [tf.Square]: (x) => Math.imul(x, x),
};
