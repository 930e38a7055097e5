/** @file Broadcasting, to nothing as well. */
import { broadcastTo } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test.each([
  [
    [1, 3],
    [0, 3],
  ],
  [[3], [0, 3]],
  [[], [2, 0]],
  [
    [2, 1],
    [2, 0],
  ],
  [
    [0, 1],
    [0, 4],
  ],
  [
    [1, 1, 2],
    [3, 0, 2],
  ],
] as const)("%j to %j holds nothing", async (from, to) => {
  for (const dtype of ["float32", "int32", "bool"] as const) {
    using x = tf.zeros([...from], dtype);
    using y = broadcastTo(x, to);
    expect(y.shape).toEqual(to);
    expect(y.dtype).toBe(dtype);
    expect(await y.data()).toHaveLength(0);
  }
});

test("elements are repeated", async () => {
  using x = tf.tensor2d([1, 2], [2, 1]);
  using y = broadcastTo(x, [2, 2, 3]);
  expect([...(await y.data())]).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
});

test("what was broadcast to nothing gets a gradient of 0", async () => {
  using x = tf.tensor1d([1, 2, 3]);
  using gradient = tf.grad((x) => tf.sum(broadcastTo(x, [0, 3])))(x);
  expect([...(await gradient.data())]).toEqual([0, 0, 0]);
});

test.each([
  [
    [2, 3],
    [0, 3],
  ],
  [[2, 3], [0]],
] as const)("%j does not broadcast to %j", (from, to) => {
  using x = tf.zeros([...from]);
  expect(() => broadcastTo(x, to)).toThrow(/broadcast/i);
});
