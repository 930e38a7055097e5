/** @file Kernels of more axes than a GPU backend's own take, and of axes without elements. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import "@nnx-js/tensor";
import { computeOnDevice } from "./on-device.ts";

computeOnDevice();

const SHAPE = [2, 1, 3, 1, 2];

test("a condition chooses among five axes", async () => {
  const [yes, no] = [tf.reshape(tf.range(0, 12), SHAPE), tf.reshape(tf.range(100, 112), SHAPE)];
  const chosen = tf.where(tf.tensor5d([true, false], [2, 1, 1, 1, 1], "bool"), yes, no);
  expect(chosen.shape).toEqual(SHAPE);
  expect([...(await chosen.data())]).toEqual([0, 1, 2, 3, 4, 5, 106, 107, 108, 109, 110, 111]);
});

test("sums along the middle one of five axes run backwards too", async () => {
  const sums = tf.cumsum(tf.reshape(tf.range(0, 12), SHAPE), -3, true, true);
  expect(sums.shape).toEqual(SHAPE);
  expect([...(await sums.data())]).toEqual([6, 8, 4, 5, 0, 0, 18, 20, 10, 11, 0, 0]);
});

test("of two rows written to one place the last one stays", async () => {
  const start = tf.zeros<tf.Rank.R1>([3]);
  const written = tf.tensorScatterUpdate(
    start,
    tf.tensor2d([[1], [1]], [2, 1], "int32"),
    tf.tensor1d([5, 7]),
  );
  expect([...(await written.data())]).toEqual([0, 7, 0]);
});

test("matrices of no products have a product of zeros", async () => {
  const product = tf.matMul(tf.zeros([2, 1, 3, 0]), tf.zeros([4, 0, 2]));
  expect(product.shape).toEqual([2, 4, 3, 2]);
  expect([...(await product.data())]).toEqual(Array(48).fill(0));
});
