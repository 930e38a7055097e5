/** @file Gradients of smooth functions of one input. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients } from "./check.ts";

const anywhere = [-1.3, -0.4, 0.6, 1.1];
const positive = [0.4, 0.9, 1.7, 2.6];
const inside = [-0.7, -0.2, 0.3, 0.6];

/** Value in double precision, TensorFlow.js's operation, and points of its domain. */
const FUNCTIONS: [
  name: string,
  value: (x: number) => number,
  f: (x: tf.Tensor) => tf.Tensor,
  at: number[],
][] = [
  ["abs", Math.abs, tf.abs, anywhere],
  ["acos", Math.acos, tf.acos, inside],
  ["acosh", Math.acosh, tf.acosh, [1.4, 1.9, 2.7]],
  ["asin", Math.asin, tf.asin, inside],
  ["asinh", Math.asinh, tf.asinh, anywhere],
  ["atan", Math.atan, tf.atan, anywhere],
  ["atanh", Math.atanh, tf.atanh, inside],
  ["cos", Math.cos, tf.cos, anywhere],
  ["cosh", Math.cosh, tf.cosh, anywhere],
  ["exp", Math.exp, tf.exp, anywhere],
  ["expm1", Math.expm1, tf.expm1, anywhere],
  ["log", Math.log, tf.log, positive],
  ["log1p", Math.log1p, tf.log1p, positive],
  ["neg", (x) => -x, tf.neg, anywhere],
  ["reciprocal", (x) => 1 / x, tf.reciprocal, positive],
  ["rsqrt", (x) => 1 / Math.sqrt(x), tf.rsqrt, positive],
  ["sin", Math.sin, tf.sin, anywhere],
  ["sinh", Math.sinh, tf.sinh, anywhere],
  ["sqrt", Math.sqrt, tf.sqrt, positive],
  ["square", (x) => x * x, tf.square, anywhere],
  ["tan", Math.tan, tf.tan, inside],
  ["tanh", Math.tanh, tf.tanh, anywhere],
];

describe("a smooth function's gradients of both orders match finite differences", () => {
  test.each(FUNCTIONS)("%s", async (_, value, f, at) => {
    await expect(f(tf.tensor1d(at))).toBeAllClose(at.map(value), { rtol: 1e-4, atol: 1e-4 });
    await expectGradients({ f, at: () => [tf.tensor1d(at)] });
  });

  test("erf", async () => {
    await expectGradients({ f: tf.erf, at: () => [tf.tensor1d(anywhere)] });
  });
});

test("abs has a gradient of 1 at 0, as in JAX", async () => {
  await expect(tf.grad(tf.abs)(tf.tensor1d([-2, 0, 3]))).toBeAllClose([-1, 1, 1]);
});

test("a gradient works at rank 0 and on a scalar function of a matrix", async () => {
  await expect(tf.grad(tf.exp)(tf.scalar(0.5))).toBeAllClose([Math.exp(0.5)]);
  const x = wave([2, 3]);
  await expect(tf.grad((m) => tf.sum(tf.square(m)))(x)).toBeAllClose(tf.mul(x, 2));
});

test("the gradient that the caller passes in survives, and is not the answer itself", async () => {
  const dy = tf.tensor1d([1, 2]);
  const dx = tf.grad((x) => tf.add(tf.add(x, x), 1))(tf.tensor1d([3, 4]), dy);
  await expect(dx).toBeAllClose([2, 4]);
  dx.dispose();
  await expect(dy).toBeAllClose([1, 2]);
});
