/** @file Reading and writing at indices, where a backend's own kernel is wrong. */
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const ids = (values: number[], shape: number[]) => tf.tensor(values, shape, "int32");

test("gather with batch dimensions takes each batch's own indices", async () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const indices = ids([1, 0, 1, 0, 2, 2, 0, 0], [2, 4]);
  await expect(tf.gather(x, indices, 1, 1)).toBeAllClose([2, 1, 2, 1, 6, 6, 4, 4]);
  const cube = tf.reshape(tf.range(0, 12), [2, 2, 3]);
  const later = tf.gather(cube, ids([2, 0], [2, 1]), -1, 1);
  await expect(later).toBeAllClose(tf.tensor3d([2, 5, 6, 9], [2, 2, 1]));
  await expectNoLeak(() => tf.gather(x, indices, 1, 1).dispose());
});

test("tensorScatterUpdate leaves the tensor that it updates as it was", async () => {
  const x = wave([3]);
  const updated = tf.tensorScatterUpdate(x, ids([1], [1, 1]), tf.tensor1d([7]));
  await expect(tf.slice(updated, 1, 1)).toBeAllClose([7]);
  await expect(x).toBeAllClose(wave([3]));
});

test("denseBincount counts, adds integer weights, or says which there are", async () => {
  const x = ids([1, 0, 1], [3]) as tf.Tensor1D;
  const weights = ids([2, 3, 4], [3]) as tf.Tensor1D;
  await expect(tf.denseBincount(x, weights, 3)).toBeAllClose([3, 6, 0]);
  // One row: of a vector, cpu and webgl still count.
  const row = tf.reshape<tf.Rank.R2>(x, [1, 3]);
  await expect(tf.denseBincount(row, tf.ones([1, 3]), 3, true)).toBeAllClose([1, 1, 0]);
});
