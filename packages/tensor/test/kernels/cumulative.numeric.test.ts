/** @file Sums and products along an axis from its end, which webgpu computes wrongly after the first axis. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

test("axes of several lengths are added up and multiplied from their ends", async () => {
  for (const values of [
    [1, 2],
    [1, 2, 3, 4, 5],
    [3, 2, 1],
  ]) {
    const x = tf.tensor1d(values);
    const sums = values.map((_, i) => values.slice(i).reduce((sum, value) => sum + value, 0));
    const products = values.map((_, i) => values.slice(i + 1).reduce((product, value) => product * value, 1));
    await expect(tf.cumsum(x, 0, false, true)).toBeAllClose(sums);
    await expect(tf.cumprod(x, 0, true, true)).toBeAllClose(products);
  }
});
