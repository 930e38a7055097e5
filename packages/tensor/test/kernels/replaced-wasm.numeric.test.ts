import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("a right operand may come in two shapes", async () => {
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const reshaped = tf.reshape(x, [3, 2]);
  await expect(tf.matMul(tf.tensor2d([[1, 1]]), x)).toBeAllClose([5, 7, 9]);
  await expect(tf.matMul(tf.tensor2d([[1, 1, 1]]), reshaped)).toBeAllClose([9, 12]);
  await expect(tf.matMul(tf.tensor2d([[1, 1]]), x)).toBeAllClose([5, 7, 9]);
});

test("a product with a right operand in a second shape leaves no tensor behind", async () => {
  const x = tf.ones([2, 3]);
  tf.matMul(tf.ones([1, 2]), x).dispose();
  await expectNoLeak(() => tf.tidy(() => void tf.matMul(tf.ones([1, 3]), tf.reshape(x, [3, 2]))));
});

test("a clone outlives its original, and the original its clone", async () => {
  const x = tf.tensor1d([1, 2, 3]);
  const [first, second] = [x.clone(), x.clone()];
  first.dispose();
  await expect(x).toBeAllClose([1, 2, 3]);
  x.dispose();
  await expect(second).toBeAllClose([1, 2, 3]);
});

test("a clone takes no memory of its own", () => {
  const x = tf.ones([1000]);
  const before = tf.memory().numDataBuffers;
  const clone = x.clone();
  expect(tf.memory().numDataBuffers).toBe(before);
  clone.dispose();
});

test("batch normalisation takes statistics and inputs of int32", async () => {
  const x = tf.tensor2d([0, 10, 200], [3, 1]);
  const [mean, variance] = [tf.tensor1d([0], "int32"), tf.tensor1d([1], "int32")];
  const [offset, scale] = [tf.tensor1d([1], "int32"), tf.tensor1d([2], "int32")];
  const y = tf.batchNorm(x, mean, variance, offset, scale, 0);
  await expect(y).toBeAllClose([1, 21, 401], { rtol: 1e-6 });
  const ofIntegers = tf.batchNorm(tf.cast(x, "int32"), tf.cast(mean, "float32"), variance, offset, scale, 0);
  await expect(ofIntegers).toBeAllClose([1, 21, 401], { rtol: 1e-6 });
});
