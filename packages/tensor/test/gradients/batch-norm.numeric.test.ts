/** @file Gradient of tf.batchNorm. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, test } from "vitest";
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

describe("batchNorm has gradients of both orders", () => {
  const inputs = () => [wave([3, 2]), wave([2], 0.3), tf.add(wave([2], 0.3, 1), 1.2)] as const;
  const last = () => tf.add(wave([2], 0.2), 1);
  const f =
    (hasOffset: boolean, hasScale: boolean) =>
    (x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, extra?: tf.Tensor) =>
      tf.batchNorm(
        x as tf.Tensor2D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        hasOffset ? (extra as tf.Tensor1D) : undefined,
        hasScale ? (extra as tf.Tensor1D) : undefined,
        1e-3,
      );

  test("without a scale or an offset", async () => {
    await expectGradients({ f: f(false, false), at: () => [...inputs()] });
  });

  test("without a scale", async () => {
    await expectGradients({ f: f(true, false), at: () => [...inputs(), last()] });
  });

  test("without an offset", async () => {
    await expectGradients({ f: f(false, true), at: () => [...inputs(), last()] });
  });
});
