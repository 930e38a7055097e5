/** @file Small tensors, which GPU backends may compute on the CPU, are as exact as others. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";

test.runIf(inject("backend") !== "webgl")("integers", async () => {
  const x = () => tf.tensor1d([16777217, -16777217, 2147483647, 7], "int32");
  const exact = { rtol: 0, atol: 0 };
  await expect(tf.abs(x())).toBeAllClose([16777217, 16777217, 2147483647, 7], exact);
  await expect(tf.mul(x(), x())).toBeAllClose([33554433, 33554433, 1, 49], exact);
  await expect(tf.square(x())).toBeAllClose([33554433, 33554433, 1, 49], exact);
  await expect(tf.relu(x())).toBeAllClose([16777217, 0, 2147483647, 7], exact);
  await expect(tf.sum(x())).toBeAllClose([-2147483642], exact);
  await expect(tf.max(x())).toBeAllClose([2147483647], exact);
  await expect(tf.reverse(x())).toBeAllClose([7, 2147483647, -16777217, 16777217], exact);
  await expect(tf.cumsum(x())).toBeAllClose([16777217, 0, 2147483647, -2147483642], exact);
  await expect(tf.pad(x(), [[1, 0]])).toBeAllClose([0, 16777217, -16777217, 2147483647, 7], exact);
  await expect(tf.matMul(tf.reshape(x(), [1, 4]), tf.ones([4, 1], "int32"))).toBeAllClose(
    [-2147483642],
    exact,
  );
  await expect(tf.add(x(), tf.scalar(0, "int32"))).toBeAllClose(x(), exact);
});

test("what is small", async () => {
  const x = () => tf.tensor1d([1e-8, -1e-8]);
  for (const run of [tf.expm1, tf.log1p, tf.tanh, tf.sinh, tf.asinh, tf.atanh, tf.sin]) {
    await expect(run(x()), run.name).toBeAllClose(x(), { rtol: 1e-6, atol: 0 });
  }
});
