/** @file Gradients of operations on images. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

type Resize = typeof tf.image.resizeBilinear;

/** Higher than wide, so that swapped axes show. */
const image = () => [wave([1, 3, 2, 2])];

const resized = (resize: Resize, size: [number, number], alignCorners = false, halfPixelCenters = false) => ({
  f: (x: tf.Tensor) => resize(x as tf.Tensor4D, size, alignCorners, halfPixelCenters),
  at: image,
});

const CASES: (GradientCase & { name: string })[] = [
  { name: "resizeBilinear, larger", ...resized(tf.image.resizeBilinear, [5, 3]) },
  { name: "resizeBilinear with aligned corners", ...resized(tf.image.resizeBilinear, [4, 3], true) },
  {
    name: "resizeBilinear from the centres of pixels",
    ...resized(tf.image.resizeBilinear, [2, 5], false, true),
  },
  { name: "resizeNearestNeighbor", ...resized(tf.image.resizeNearestNeighbor, [5, 3]) },
  {
    name: "resizeNearestNeighbor with aligned corners",
    ...resized(tf.image.resizeNearestNeighbor, [4, 5], true),
  },
  {
    name: "resizeNearestNeighbor from the centres of pixels",
    ...resized(tf.image.resizeNearestNeighbor, [7, 3], false, true),
  },
  { name: "flipLeftRight", f: (x) => tf.image.flipLeftRight(x as tf.Tensor4D), at: image },
  {
    name: "depthToSpace",
    f: (x) => tf.depthToSpace(x as tf.Tensor4D, 2),
    at: () => [wave([1, 2, 1, 8])],
  },
  {
    name: "localResponseNormalization",
    f: (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1, 1.2, 0.7, 0.6),
    at: () => [wave([1, 2, 1, 4])],
  },
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });
});

test("the gradient of an image that was made smaller is spread over what it was made of", async () => {
  const half = tf.grad((x) => tf.image.resizeBilinear(x as tf.Tensor4D, [1, 2], false, true));
  const dx = half(tf.zeros([1, 2, 4, 1]), tf.tensor4d([1, 2], [1, 1, 2, 1]));
  await expect(dx).toBeAllClose([0.25, 0.25, 0.5, 0.5, 0.25, 0.25, 0.5, 0.5]);
});
