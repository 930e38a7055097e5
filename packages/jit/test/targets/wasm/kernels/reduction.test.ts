import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
import { expectSame } from "../traced.ts";
import { type Case, testCases, x, y } from "./cases.ts";

const ints = () => tf.tensor2d([-7, 3, 0, 5, -2, 9, 4, -6, 1, 8, -3, 2, 7, -1, 6], [3, 5], "int32");

const reductions: Case[] = [
  [
    "reductions",
    (a) => [
      tf.sum(a, 0),
      tf.mean(a),
      tf.prod(a, 1),
      tf.max(a, 1),
      tf.min(a, [0, 1]),
      tf.sum(a, [0, 2], true),
    ],
    () => [wave([2, 3, 5])],
  ],
  [
    "all and any",
    (a) => [tf.all(tf.greater(a, -2)), tf.any(tf.greater(a, 0.9), 0), tf.all(tf.greater(a, 0), 1)],
    () => [x()],
  ],
  [
    "sums of integers and of booleans",
    (a) => [tf.sum(a, 0), tf.max(a, 1), tf.sum(tf.greater(a, 0), 1)],
    () => [ints()],
  ],
  [
    "argMax and argMin of NaN",
    (a) => [tf.argMax(a, 1), tf.argMin(a, 1), tf.argMax(a, 0)],
    () => [tf.tensor2d([1, NaN, 3, NaN, NaN, 2, -0, 0, 5], [3, 3])],
  ],
  ["argMax and argMin", (a) => [tf.argMax(a, 0), tf.argMin(a, 1), tf.argMax(a, -1)], () => [wave([2, 3, 5])]],
  ["softmax and logSoftmax", (a) => [tf.softmax(a), tf.logSoftmax(a), tf.logSumExp(a, 0)], () => [x()]],
  [
    "batchNorm",
    (a, b) =>
      tf.batchNorm(
        a,
        tf.mean(a, 0),
        tf.add(tf.square(tf.mean(b, 0)), 0.1),
        tf.mean(b, 0),
        tf.max(b, 0),
        1e-3,
      ),
    () => [x(), y()],
  ],
];

describe("compiled reductions", () => {
  testCases(reductions);

  test("gradients", async () => {
    const loss = (a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.mul(tf.softmax(tf.matMul(tf.tanh(a), tf.transpose(tf.sigmoid(b)))), tf.range(0, 3)));
    await expectSame((a, b) => tf.grads(loss)([a, b]), [x(), y()]);
  });
});
