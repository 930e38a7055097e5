/** @file UnsortedSegmentSum, which wasm lacks in TensorFlow.js. */
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const ids = (...values: number[]) => tf.tensor1d(values, "int32");

test("rows of one segment are added up, an empty segment is 0", async () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  await expect(tf.unsortedSegmentSum(x, ids(2, 0, 2), 3)).toBeAllClose([3, 4, 0, 0, 6, 8]);
});

test("rows of no segment are dropped", async () => {
  const x = tf.tensor1d([1, 2, 4]);
  await expect(tf.unsortedSegmentSum(x, ids(-1, 1, 2), 2)).toBeAllClose([0, 2]);
});

test("integers stay integers, and no tensor is left behind", async () => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2], "int32");
  const sum = tf.unsortedSegmentSum(x, ids(0, 0), 1);
  expect(sum.dtype).toBe("int32");
  await expect(sum).toBeAllClose(tf.tensor2d([[4, 6]]));
  const segments = ids(0, 1);
  await expectNoLeak(() => tf.unsortedSegmentSum(x, segments, 2).dispose());
});
