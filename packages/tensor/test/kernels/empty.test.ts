import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const none = (...shape: number[]) => tf.zeros(shape);

const CASES: [name: string, run: () => tf.Tensor, shape: number[], values: number[]][] = [
  ["sum", () => tf.sum(none(0, 3), 0), [3], [0, 0, 0]],
  ["sum of all", () => tf.sum(none(0, 3)), [], [0]],
  ["sum along another axis", () => tf.sum(none(0, 3), 1, true), [0, 1], []],
  ["mean", () => tf.mean(none(0, 3), 0), [3], [NaN, NaN, NaN]],
  ["product", () => tf.prod(none(2, 0), 1), [2], [1, 1]],
  ["maximum", () => tf.max(none(0, 2), 0, true), [1, 2], [-Infinity, -Infinity]],
  ["minimum", () => tf.min(none(0, 2), 0), [2], [Infinity, Infinity]],
  ["any", () => tf.any(tf.zeros([0, 2], "bool"), 0), [2], [0, 0]],
  ["transpose", () => tf.transpose(none(2, 0, 3), [2, 0, 1]), [3, 2, 0], []],
  ["gather", () => tf.gather(none(0, 3), tf.tensor1d([2, 1], "int32"), 1), [0, 2], []],
  ["a slice of what concat joins", () => tf.slice(tf.concat([none(2, 0), none(1, 0)]), 1, 2), [2, 0], []],
  ["a slice of a stack", () => tf.slice(tf.stack([none(0, 2), none(0, 2)]), 1, 1), [1, 0, 2], []],
  [
    "a slice of gathered slices",
    () => tf.slice(tf.gatherND(none(3, 2), tf.zeros([0, 1], "int32")), 0, 0),
    [0, 2],
    [],
  ],
  ["matMul", () => tf.matMul(none(2, 0), none(0, 3)), [2, 3], [0, 0, 0, 0, 0, 0]],
  ["matMul, transposed", () => tf.matMul(none(0, 2), none(0, 1), true), [2, 1], [0, 0]],
  ["matMul of no matrices", () => tf.matMul(none(0, 2, 3), none(0, 3, 2)), [0, 2, 2], []],
  [
    "fused.matMul",
    () => tf.fused.matMul({ a: none(2, 0), b: none(0, 2), bias: tf.tensor1d([1, -1]), activation: "relu" }),
    [2, 2],
    [1, 0, 1, 0],
  ],
  [
    "gradient of a filter",
    () => tf.grad((filter: tf.Tensor) => tf.conv2d(tf.zeros<tf.Rank.R4>([0, 2, 2, 1]), filter as tf.Tensor4D, 1, "same"))(tf.ones([1, 2, 1, 1])), // prettier-ignore
    [1, 2, 1, 1],
    [0, 0],
  ],
  [
    "gradient of a filter, channel by channel",
    () => tf.grad((filter: tf.Tensor) => tf.depthwiseConv2d(tf.zeros<tf.Rank.R4>([0, 2, 2, 1]), filter as tf.Tensor4D, 1, "same"))(tf.ones([1, 2, 1, 1])), // prettier-ignore
    [1, 2, 1, 1],
    [0, 0],
  ],
];

describe.each(["cpu", "wasm"] as const)("without elements, on %s:", (backend) => {
  beforeAll(async () => void (await useBackend(backend)));
  afterAll(async () => void (await useBackend("cpu")));

  test.each(CASES)("%s", async (_name, run, shape, values) => {
    // Leaves numbers in the memory that is used next.
    for (let size = 1; size < 40; size++) tf.mul(tf.ones([size]), 7).dispose();
    const result = run();
    expect(result.shape).toEqual(shape);
    expect([...(await result.data())]).toEqual(values);
  });
});
