/** @file Gradients of activation functions, and JAX's values at their kinks. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

const both = () => [tf.tensor1d([-1.7, -0.3, 0.4, 2.2])];

const CASES: (GradientCase & { name: string })[] = [
  { name: "clipByValue", f: (x) => tf.clipByValue(x, -1, 1), at: both },
  { name: "elu", f: tf.elu, at: both },
  { name: "leakyRelu", f: (x) => tf.leakyRelu(x, 0.1), at: both },
  { name: "relu", f: tf.relu, at: both },
  { name: "relu6", f: tf.relu6, at: () => [tf.tensor1d([-1, 0.4, 5.2, 7])] },
  { name: "selu", f: tf.selu, at: both },
  { name: "sigmoid", f: tf.sigmoid, at: both },
  { name: "softplus", f: tf.softplus, at: both },
  {
    name: "prelu with a slope for each column",
    f: tf.prelu,
    at: () => [
      tf.tensor2d([
        [-1.7, 0.3],
        [0.4, -2.2],
      ]),
      tf.tensor1d([0.2, 0.6]),
    ],
  },
  {
    name: "prelu with more slopes than inputs",
    f: tf.prelu,
    at: () => [
      tf.tensor1d([-1.7, 0.3, -0.4]),
      tf.tensor2d([
        [0.2, 0.6, -0.5],
        [0.1, 0.7, 1.5],
      ]),
    ],
  },
  {
    name: "prelu, where both are broadcast",
    f: tf.prelu,
    at: () => [tf.tensor2d([[-1.7], [0.3]]), tf.tensor2d([[0.2, 0.6, -0.5]])],
  },
];

describe("an activation's gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });
});

describe("at a kink the gradient is JAX's", () => {
  const KINKS: [string, (x: tf.Tensor) => tf.Tensor, number[], number[]][] = [
    ["relu: 0 at 0", tf.relu, [-1, 0, 1], [0, 0, 1]],
    ["relu6: a half at 0 and at 6", tf.relu6, [-1, 0, 3, 6, 7], [0, 0.5, 1, 0.5, 0]],
    ["clip: a half at its bounds", (x) => tf.clipByValue(x, -1, 2), [-2, -1, 0, 2, 3], [0, 0.5, 1, 0.5, 0]],
    ["leakyRelu: 1 at 0", (x) => tf.leakyRelu(x, 0.1), [-1, 0, 1], [0.1, 1, 1]],
    ["prelu: 1 at 0", (x) => tf.prelu(x, tf.scalar(0.1)), [-1, 0, 1], [0.1, 1, 1]],
    ["elu: 1 at 0", tf.elu, [0, 1], [1, 1]],
    ["selu: that of the negative branch at 0", tf.selu, [0, 1], [1.7580993, 1.0507009]],
  ];
  test.each(KINKS)("%s", async (_, f, at, expected) => {
    await expect(tf.grad(f)(tf.tensor1d(at))).toBeAllClose(expected);
  });
});

test("elu and selu have finite gradients of both orders at large inputs", async () => {
  for (const f of [tf.elu, tf.selu]) {
    const slope = tf.grad((x) => tf.sum(tf.square(tf.grad(f)(x))));
    await expect(slope(tf.tensor1d([200, 0.5]))).toBeAllClose([0, 0]);
  }
});
