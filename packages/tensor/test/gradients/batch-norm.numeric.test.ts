/** @file Gradient of tf.batchNorm. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { expectGradients } from "./check.ts";

test("batchNorm has gradients of both orders for its five inputs", async () => {
  await expectGradients({
    f: (x, mean, variance, offset, scale) =>
      tf.batchNorm(
        x as tf.Tensor2D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      ),
    at: () => [
      wave([3, 2]),
      wave([2], 0.3),
      tf.add(wave([2], 0.3, 1), 1.2),
      wave([2], 1, 2),
      tf.add(wave([2], 0.2), 1),
    ],
  });
});
