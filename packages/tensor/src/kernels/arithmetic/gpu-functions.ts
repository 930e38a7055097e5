/** @file Functions whose GPU code in TensorFlow.js loses what is small, or NaN: in the words that GLSL and WGSL share. */
import * as tf from "@tensorflow/tfjs-core";
import { GLSL, type Shader } from "./shaders.ts";

/** `x * (1 + c0 x (1 + c1 x (…)))` with `x` for `step`. */
function series(x: string, step: string, ratios: readonly number[]): string {
  const inner = ratios.reduceRight(
    (rest, ratio) => `(1.0 + ${ratio.toFixed(12)} * (${step}) * ${rest})`,
    "1.0",
  );
  return `(${x}) * ${inner}`;
}

/** Functions that others call, by name; each may call those before it. */
function library({ define, pick }: Shader): string {
  const square = "x * x";
  return [
    define("expMinusOne", pick("abs(x) < 0.5", series("x", "x", [1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6, 1 / 7, 1 / 8]), "exp(x) - 1.0")), // prettier-ignore
    define("oddLogarithm", `2.0 * ${series("x", square, [1 / 3, 3 / 5, 5 / 7, 7 / 9, 9 / 11])}`),
    // Some renderers give -88 and 88 for 0 and infinity.
    define("logarithm", pick("x == 0.0", "-1.0 / abs(x)", pick("x + x == x", "x", "log(x)"))),
    define("logOfOnePlus", pick("abs(x) < 0.25", "oddLogarithm(x / (2.0 + x))", "logarithm(1.0 + x)")),
    define("acoshOfOnePlus", "logOfOnePlus(x + sqrt(x * (x + 2.0)))"),
    define("ratio", "x / (x + 2.0)"),
    define("complement", "exp(-x * x) / (1.0 + 0.3275911 * x) * (0.254829592 + (-0.284496736 + (1.421413741 + (-1.453152027 + 1.061405429 / (1.0 + 0.3275911 * x)) / (1.0 + 0.3275911 * x)) / (1.0 + 0.3275911 * x)) / (1.0 + 0.3275911 * x))"), // prettier-ignore
  ].join("\n");
}

/** By kernel name: the value at `x`, which is not NaN. */
function expressions({ pick, nan }: Shader): Record<string, string> {
  const square = "x * x";
  return {
    [tf.Acosh]: pick(
      "x < 1.0",
      nan,
      pick("x > 1.0e4", "logarithm(x) + 0.69314718", "acoshOfOnePlus(x - 1.0)"),
    ),
    [tf.Asinh]: pick(
      "abs(x) < 0.25",
      series("x", square, [-1 / 6, -9 / 20, -25 / 42, -49 / 72, -81 / 110]),
      `sign(x) * (${pick("abs(x) > 1.0e4", "logarithm(abs(x)) + 0.69314718", "log(abs(x) + sqrt(x * x + 1.0))")})`,
    ),
    [tf.Atanh]: pick(
      "abs(x) < 0.25",
      series("x", square, [1 / 3, 3 / 5, 5 / 7, 7 / 9, 9 / 11]),
      pick("abs(x) > 1.0", nan, "0.5 * logarithm((1.0 + x) / (1.0 - x))"),
    ),
    [tf.Cosh]: "0.5 * exp(x) + 0.5 * exp(-x)",
    [tf.Elu]: pick("x > 0.0", "x", "expMinusOne(x)"),
    [tf.Erf]: pick(
      "abs(x) < 0.5",
      `1.1283791671 * ${series("x", square, [-1 / 3, -3 / 10, -5 / 21, -7 / 36, -9 / 55, -11 / 78])}`,
      "sign(x) * (1.0 - complement(abs(x)))",
    ),
    [tf.Exp]: "exp(x)",
    [tf.Expm1]: "expMinusOne(x)",
    [tf.Log]: pick("x < 0.0", nan, "logarithm(x)"),
    [tf.Log1p]: pick("x < -1.0", nan, "logOfOnePlus(x)"),
    [tf.Relu]: pick("x < 0.0", "0.0", "x"),
    [tf.Relu6]: pick("x < 0.0", "0.0", pick("x > 6.0", "6.0", "x")),
    [tf.Selu]: pick("x > 0.0", "1.0507009874 * x", "1.7580993408 * expMinusOne(x)"),
    [tf.Sigmoid]: "1.0 / (1.0 + exp(-x))",
    [tf.Sign]: pick("x > 0.0", "1.0", pick("x < 0.0", "-1.0", "x")),
    [tf.Sin]: pick("abs(x) < 0.25", series("x", square, [-1 / 6, -1 / 20, -1 / 42]), "sin(x)"),
    [tf.Sinh]: pick(
      "abs(x) < 1.0",
      series("x", square, [1 / 6, 1 / 20, 1 / 42, 1 / 72, 1 / 110]),
      "0.5 * exp(x) - 0.5 * exp(-x)",
    ),
    [tf.Softplus]: "max(x, 0.0) + logOfOnePlus(exp(-abs(x)))",
    [tf.Tanh]: "sign(x) * ratio(expMinusOne(2.0 * min(abs(x), 10.0)))",
  };
}

/** The kernels. */
export const SMALL_VALUE_KERNELS: readonly string[] = Object.keys(expressions(GLSL));

/** A definition of `element`, for one of the kernels. */
export function elementCode(shader: Shader, kernelName: string, isNaNOfX: string): string {
  const expression = expressions(shader)[kernelName]!;
  return `${library(shader)}\n${shader.define("element", shader.pick(isNaNOfX, "x", expression))}`;
}
