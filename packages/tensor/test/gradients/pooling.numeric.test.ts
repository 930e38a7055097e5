/** @file Gradients of pooling. */
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

type Pad = Parameters<typeof tf.maxPool>[3];

/** Numbers so far apart that the largest stays the largest within the steps of a finite difference. */
function apart(shape: number[], offset = 0): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const values = Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 4 - 12 + offset);
  return tf.tensor(values, shape);
}

const plane = () => [apart([2, 5, 4, 2])];
const negative = () => [apart([1, 4, 4, 2], -20)];
const space = () => [apart([1, 4, 3, 4, 2])];
const negativeSpace = () => [apart([1, 4, 4, 2, 1], -20)];
const max =
  (size: number | [number, number], strides: number | [number, number], pad: Pad): GradientCase["f"] =>
  (x) =>
    tf.maxPool(x as tf.Tensor4D, size, strides, pad);
const average =
  (size: number | [number, number], strides: number | [number, number], pad: Pad): GradientCase["f"] =>
  (x) =>
    tf.avgPool(x as tf.Tensor4D, size, strides, pad);
const PADS: Pad = [[0, 0], [1, 0], [0, 2], [0, 0]]; // prettier-ignore

const CASES: Record<string, GradientCase> = {
  "maxPool, valid": { f: max(2, 2, "valid"), at: plane },
  "maxPool, overlapping": { f: max(3, 1, "same"), at: plane },
  "maxPool of negative numbers": { f: max(2, 2, "valid"), at: negative },
  "maxPool, larger strides than windows": { f: max(2, 3, "same"), at: plane },
  "maxPool, explicit paddings": { f: max([2, 3], [2, 1], PADS), at: plane },
  maxPoolWithArgmax: {
    f: (x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, [2, 3], [2, 1], "same").result!,
    at: plane,
  },
  "avgPool, valid": { f: average(2, 2, "valid"), at: plane },
  "avgPool, overlapping": { f: average([3, 2], 1, "same"), at: plane },
  "avgPool, larger strides than windows": { f: average(2, 3, "same"), at: plane },
  "maxPool3d, valid": { f: (x) => tf.maxPool3d(x as tf.Tensor5D, 2, [2, 1, 2], "valid"), at: space },
  "maxPool3d, same": { f: (x) => tf.maxPool3d(x as tf.Tensor5D, [3, 2, 2], 2, "same"), at: space },
  "maxPool3d, sides of three lengths": {
    f: (x) => tf.maxPool3d(x as tf.Tensor5D, [2, 1, 3], 1, "valid"),
    at: () => [apart([1, 2, 2, 4, 1])],
  },
  "maxPool3d of negative numbers": {
    f: (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, "valid"),
    at: negativeSpace,
  },
  "avgPool3d, valid": { f: (x) => tf.avgPool3d(x as tf.Tensor5D, 2, [2, 1, 2], "valid"), at: space },
  "avgPool3d, same": { f: (x) => tf.avgPool3d(x as tf.Tensor5D, [3, 2, 2], 2, "same"), at: space },
};

describe("the gradients of both orders match finite differences", () => {
  test.each(Object.entries(CASES))("%s", async (_, gradientCase) => {
    await expectGradients(gradientCase);
  });
});

test("of equal elements, the first gets the gradient", async () => {
  const x = tf.zeros<tf.Rank.R4>([1, 2, 4, 1]);
  const f = (t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, 2, 2, "valid");
  await expect(tf.grad(f)(x)).toBeAllClose([1, 0, 1, 0, 0, 0, 0, 0]);
  const space = tf.zeros<tf.Rank.R5>([1, 2, 2, 2, 1]);
  const g = (t: tf.Tensor) => tf.maxPool3d(t as tf.Tensor5D, 2, 2, "valid");
  await expect(tf.grad(g)(space)).toBeAllClose([1, 0, 0, 0, 0, 0, 0, 0]);
});

test("the maximum of negative numbers is negative", async () => {
  const x = tf.tensor<tf.Rank.R5>([-4, -3, -2, -5, -6, -1, -8, -7], [1, 2, 2, 2, 1]);
  await expect(tf.maxPool3d(x, [2, 1, 1], 1, "valid")).toBeAllClose([-4, -1, -2, -5]);
  const { result, indexes } = tf.maxPoolWithArgmax(tf.reshape<tf.Rank.R4>(x, [2, 2, 2, 1]), 2, 2, "valid");
  await expect(result!).toBeAllClose([-2, -1]);
  await expect(indexes!).toBeAllClose([2, 1]);
});

test("pooling leaves nothing behind, forwards and backwards", async () => {
  const x = wave([1, 4, 4, 2]) as tf.Tensor4D;
  const f = (t: tf.Tensor) => tf.sum(tf.square(tf.maxPool(t as tf.Tensor4D, 2, 2, "same")));
  await expectNoLeak(() => tf.dispose(tf.grad(f)(x)));
  await expectNoLeak(() => tf.dispose(tf.grad((t) => tf.sum(tf.square(tf.grad(f)(t))))(x)));
});
