/** @file Gradients of reductions and of cumulative operations. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

const matrix = () => [tf.add(wave([2, 3], 0.8, 0.3), 1.5)];
const cube = () => [tf.add(wave([2, 2, 2], 0.4, 0.3), 1.2)];

const CASES: (GradientCase & { name: string })[] = [
  { name: "sum of all", f: (x) => tf.sum(x), at: matrix },
  { name: "sum over the first axis", f: (x) => tf.sum(x, 0), at: matrix },
  { name: "sum over a negative axis, kept", f: (x) => tf.sum(x, -1, true), at: matrix },
  { name: "sum over two axes", f: (x) => tf.sum(x, [0, 2]), at: cube },
  { name: "mean of all", f: (x) => tf.mean(x), at: matrix },
  { name: "mean over the first axis", f: (x) => tf.mean(x, 0), at: matrix },
  { name: "mean over two axes", f: (x) => tf.mean(x, [0, 2]), at: cube },
  { name: "max of all", f: (x) => tf.max(x), at: matrix },
  { name: "max over the first axis", f: (x) => tf.max(x, 0), at: matrix },
  { name: "min over the last axis, kept", f: (x) => tf.min(x, -1, true), at: matrix },
  { name: "prod of all", f: (x) => tf.prod(x), at: matrix },
  { name: "prod over outer axes", f: (x) => tf.prod(x, [0, 2]), at: cube },
  { name: "logSumExp", f: (x) => tf.logSumExp(x, 0), at: matrix },
  { name: "moments", f: (x) => tf.moments(x, 0).variance, at: matrix },
  { name: "norm", f: (x) => tf.norm(x), at: matrix },
  { name: "norm of rows, with ord 1 and infinity", f: norms, at: matrix },
  { name: "euclideanNorm", f: (x) => tf.euclideanNorm(x, 0), at: matrix },
  { name: "cumsum", f: (x) => tf.cumsum(x, 0), at: matrix },
  {
    name: "cumsum of a middle axis, exclusive and reversed",
    f: (x) => tf.cumsum(x, 1, true, true),
    at: cube,
  },
  { name: "cumprod", f: (x) => tf.cumprod(x, 1), at: matrix },
  { name: "cumprod of the first axis, exclusive", f: (x) => tf.cumprod(x, 0, true), at: matrix },
  { name: "cumprod, reversed", f: (x) => tf.cumprod(x, 1, false, true), at: matrix },
  { name: "cumprod, exclusive and reversed", f: (x) => tf.cumprod(x, 1, true, true), at: matrix },
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });
});

test("max and min share the gradient equally among ties", async () => {
  const x = tf.tensor2d([
    [1, 3, 3],
    [2, 0, 2],
  ]);
  await expect(tf.grad((a) => tf.max(a, 1))(x)).toBeAllClose([0, 0.5, 0.5, 0.5, 0, 0.5]);
  await expect(tf.grad((a) => tf.min(a, 0))(x)).toBeAllClose([1, 0, 0, 0, 1, 1]);
  await expect(tf.grad((a) => tf.max(a))(tf.ones([2, 2]))).toBeAllClose([0.25, 0.25, 0.25, 0.25]);
});

test("prod and cumprod have the right gradient where elements are 0", async () => {
  const x = tf.tensor1d([2, 0, 3, 5]);
  await expect(tf.grad((a) => tf.prod(a))(x)).toBeAllClose([0, 30, 0, 0]);
  await expect(tf.grad((a) => tf.cumprod(a))(x)).toBeAllClose([1, 2 + 6 + 30, 0, 0]);
});

test("cumprod has the right gradient along an axis whose length is no power of two", async () => {
  await expectGradients({ f: (x) => tf.cumprod(x), at: () => [tf.add(wave([7], 0.3), 1)] });
});

test("the reduction of a scalar and over a size-1 axis passes the gradient on", async () => {
  await expect(tf.grad((a) => tf.sum(a))(tf.scalar(2))).toBeAllClose(tf.scalar(1));
  await expect(tf.grad((a) => tf.mean(a, 1))(tf.ones([2, 1]))).toBeAllClose(tf.ones([2, 1]));
});

test("at 0 the euclidean norm has no gradient and that of ord 1 has 1, that of infinity shares it, as in JAX", async () => {
  const zero = tf.zeros([2]);
  await expect(tf.grad((x) => tf.norm(x))(zero)).toBeAllClose([NaN, NaN]);
  await expect(tf.grad((x) => tf.norm(x, 1))(zero)).toBeAllClose([1, 1]);
  await expect(tf.grad((x) => tf.norm(x, Infinity))(tf.tensor1d([3, -3]))).toBeAllClose([0.5, -0.5]);
});

function norms(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.norm(x, 1, 1), tf.norm(x, Infinity, 1));
}
