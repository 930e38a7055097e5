import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "vitest";
import { type Case, testCases, x } from "./cases.ts";

const cases: Case[] = [
  ["oneHot", (a) => tf.oneHot(a, 4, 2, -1), () => [tf.tensor2d([0, 3, 1, 2], [2, 2], "int32")]],
  [
    "range, linspace and eye",
    (a) => [tf.add(a, tf.range(0, 5)), tf.add(a, tf.linspace(-1, 1, 5)), tf.mul(tf.eye(5), a)],
    () => [wave([5])],
  ],
  [
    "gather",
    (a, i) => [tf.gather(a, i), tf.gather(a, i, 1), tf.gather(tf.transpose(a), i, 0)],
    () => [wave([4, 5]), tf.tensor2d([3, 0, 2, 2, 1, 3], [2, 3], "int32")],
  ],
  [
    "gather with batch dimensions",
    (a, i) => tf.gather(a, i, 1, 1),
    () => [wave([2, 4, 3]), tf.tensor2d([3, 0, 2, 2], [2, 2], "int32")],
  ],
  [
    "gatherND",
    (a, i) => tf.gatherND(a, i),
    () => [wave([3, 4, 2]), tf.tensor2d([2, 3, 0, 1, 1, 0], [3, 2], "int32")],
  ],
  [
    "scatterND",
    (a, i) => tf.scatterND(i, a, [4, 3]),
    () => [wave([3, 3]), tf.tensor2d([2, 0, 2], [3, 1], "int32")],
  ],
  [
    "tensorScatterUpdate",
    (a, i) => tf.tensorScatterUpdate(a, i, tf.slice(a, [0, 0], [2, 3])),
    () => [wave([4, 3]), tf.tensor2d([3, 1], [2, 1], "int32")],
  ],
  [
    "unsortedSegmentSum",
    (a, i) => tf.unsortedSegmentSum(a, i as tf.Tensor1D, 3),
    () => [wave([4, 5]), tf.tensor1d([2, 0, 2, 1], "int32")],
  ],
  [
    "topk",
    (a) => {
      const { values, indices } = tf.topk(a, 3);
      return [values, indices];
    },
    () => [x()],
  ],
];

describe("compiled lookups and generators", () => {
  testCases(cases);
});
