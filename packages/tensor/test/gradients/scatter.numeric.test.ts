/** @file Gradients of writing at indices, counting and sparse sums. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

const ids = (values: number[], shape = [values.length]) => tf.tensor(values, shape, "int32");

const CASES: (GradientCase & { name: string })[] = [
  {
    name: "tensorScatterUpdate",
    f: (x, updates) => tf.tensorScatterUpdate(x, ids([2, 0], [2, 1]), updates),
    at: () => [wave([3, 2]), wave([2, 2], 1, 1)],
  },
  {
    name: "sparseToDense of several values",
    f: (values, rest) => tf.sparseToDense(ids([0, 1, 1, 2], [2, 2]), values, [2, 3], rest as tf.Scalar),
    at: () => [wave([2]), tf.scalar(0.4)],
  },
  {
    name: "bincount with weights",
    f: (weights) => tf.bincount(ids([1, 0, 1]) as tf.Tensor1D, weights as tf.Tensor1D, 3),
    at: () => [wave([3])],
  },
  {
    name: "denseBincount with weights",
    f: (weights) =>
      tf.denseBincount(ids([1, 0, 1, 2, 2, 0], [2, 3]) as tf.Tensor2D, weights as tf.Tensor2D, 3),
    at: () => [wave([2, 3])],
  },
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });

  test.each([
    ["sparseSegmentSum", tf.sparse.sparseSegmentSum],
    ["sparseSegmentMean", tf.sparse.sparseSegmentMean],
  ])("%s", async (_, f) => {
    await expectGradients({
      f: (x) => f(x, ids([0, 2, 0, 1]) as tf.Tensor1D, ids([0, 0, 1, 1]) as tf.Tensor1D),
      at: () => [wave([3, 2])],
    });
  });
});

test("a weight whose element has no bin, and any weight of a binary count, has no gradient", async () => {
  const x = ids([1, 5]) as tf.Tensor1D;
  const counted = (isBinary: boolean) => (w: tf.Tensor) => tf.denseBincount(x, w as tf.Tensor1D, 3, isBinary);
  await expect(tf.grad(counted(false))(tf.ones([2]))).toBeAllClose([1, 0]);
  await expect(tf.grad(counted(true))(tf.ones([2]))).toBeAllClose([0, 0]);
});

test("a place that is overwritten passes no gradient to what was there", async () => {
  const f = (x: tf.Tensor) => tf.tensorScatterUpdate(x, ids([1], [1, 1]), tf.tensor1d([7]));
  await expect(tf.grad(f)(tf.ones([3]))).toBeAllClose([1, 0, 1]);
});
