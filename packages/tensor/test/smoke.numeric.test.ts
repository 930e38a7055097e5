import * as tf from "@tensorflow/tfjs-core";
import { wave } from "@nnx-js/testing";
import { expect, inject, test } from "vitest";
test("matmul", async () => {
  expect(tf.getBackend()).toBe(inject("backend"));
  await expect(tf.matMul(wave([2, 3]) as tf.Tensor2D, tf.ones([3, 1]))).toBeAllClose([0.7361, -0.616], {
    atol: 1,
  });
});
