/** @file Gradients of reading and writing at indices. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

const ids = (values: number[], shape = [values.length]) => tf.tensor(values, shape, "int32");

const CASES: (GradientCase & { name: string })[] = [
  { name: "gather of rows, some twice", f: (x) => tf.gather(x, ids([2, 0, 2])), at: () => [wave([3, 2])] },
  {
    name: "gather by a matrix of indices along the last axis",
    f: (x) => tf.gather(x, ids([1, 1, 0, 2], [2, 2]), -1),
    at: () => [wave([2, 3])],
  },
  {
    name: "gather along a middle axis",
    f: (x) => tf.gather(x, ids([1, 1]), 1),
    at: () => [wave([2, 2, 2])],
  },
  {
    name: "gather with a batch dimension",
    f: (x) => tf.gather(x, ids([1, 1, 2, 0], [2, 2]), 1, 1),
    at: () => [wave([2, 3, 1])],
  },
  {
    name: "gather with a batch dimension along a later axis",
    f: (x) => tf.gather(x, ids([1, 1, 0, 0], [2, 2]), 2, 1),
    at: () => [wave([2, 2, 2])],
  },
  {
    name: "gatherND of elements",
    f: (x) => tf.gatherND(x, ids([0, 1, 1, 2, 0, 1], [3, 2])),
    at: () => [wave([2, 3])],
  },
  { name: "gatherND of rows", f: (x) => tf.gatherND(x, ids([1, 1], [2, 1])), at: () => [wave([2, 3])] },
  {
    name: "scatterND with duplicates",
    f: (x) => tf.scatterND(ids([1, 3, 1], [3, 1]), x, [4, 2]),
    at: () => [wave([3, 2])],
  },
  { name: "topk", f: (x) => tf.topk(x, 2).values, at: () => [wave([2, 4])] },
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });

  test("unsortedSegmentSum", async () => {
    await expectGradients({
      f: (x) => tf.unsortedSegmentSum(x, ids([1, 0, 1]) as tf.Tensor1D, 2),
      at: () => [wave([3, 2])],
    });
  });
});

test("unsortedSegmentSum gives no gradient to what it dropped", async () => {
  const f = (x: tf.Tensor) => tf.unsortedSegmentSum(x, ids([-1, 0, 5]) as tf.Tensor1D, 2);
  await expect(tf.grad(f)(tf.ones([3, 2]))).toBeAllClose([0, 0, 1, 1, 0, 0]);
});

test("an embedding trains on every backend, whichever scatter kernels it has", async () => {
  const table = wave([4, 2]);
  const dTable = tf.grad((x) => tf.sum(tf.square(tf.gather(x, ids([3, 1, 3])))))(table);
  const uses = tf.tensor2d([[0], [1], [0], [2]]);
  await expect(dTable).toBeAllClose(tf.mul(tf.mul(table, 2), uses));
});

test("indices have a gradient of float32 zeros", async () => {
  const table = wave([4, 2]);
  const [, dIndices] = tf.grads((x, i) => tf.gather(x, i))([table, ids([0, 1])]);
  expect(dIndices?.dtype).toBe("float32");
  await expect(dIndices as tf.Tensor).toBeAllClose([0, 0]);
});
