/** @file Division where numerator and denominator are equal, which webgl has a rule of its own for. */
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("0 / 0 and infinity / infinity are NaN; other equal numbers give exactly 1", async () => {
  const x = tf.tensor1d([0, 3, Infinity, 0.1, -7]);
  const quotient = await tf.div(x, tf.tensor1d([0, 3, Infinity, 0.1, -7])).data();
  expect([...quotient]).toEqual([NaN, 1, NaN, 1, 1]);
});

test("operands broadcast, whatever their ranks", async () => {
  const rows = tf.tensor2d([[2], [4], [8]]);
  await expect(tf.div(rows, tf.tensor1d([2, 4]))).toBeAllClose([1, 0.5, 2, 1, 4, 2]);
  await expect(tf.div(8, rows)).toBeAllClose([4, 2, 1]);
  await expect(tf.div(tf.scalar(1), 4)).toBeAllClose([0.25]);
  const cube = tf.ones([2, 1, 3]);
  await expect(tf.sum(tf.div(cube, full([4, 1], 2)))).toBeAllClose([12]);
});

test("a matrix product of quotients of odd sizes is not spoilt by what lies beyond them", async () => {
  const ones = tf.div(full([3, 5], 3), 3);
  await expect(tf.matMul(ones, ones, false, true)).toBeAllClose(full([3, 3], 5));
});
