/** @file What convolutions and pooling refuse. */
import {
  avgPool,
  Conv,
  ConvTranspose,
  InvalidArgumentError,
  maxPool,
  Rngs,
  ShapeMismatchError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const R = () => ({ rngs: new Rngs(0) });

test("options that do not fit together are errors that say what to do", () => {
  expect(() => new Conv(2, 3, [3, 3], { ...R(), padding: "CAUSAL" })).toThrow(
    /Causal padding is only implemented for 1D convolutions/,
  );
  expect(() => new Conv(2, 3, [3, 3], { ...R(), padding: [1] })).toThrow(/Invalid padding format: \[1\]/);
  expect(() => new Conv(2, 3, 3, { ...R(), inputDilation: 2 })).toThrow(/not defined for a dilated input/);
  expect(() => new Conv(3, 4, 3, { ...R(), featureGroupCount: 2 })).toThrow(InvalidArgumentError);
  expect(() => new ConvTranspose(2, 3, 3, { ...R(), mask: tf.ones([3, 2, 2]) })).toThrow(
    /Mask needs to have the same shape as weights/,
  );
});

test("inputs that do not fit are errors that name the shapes", () => {
  const conv = new Conv(2, 3, [3, 3], { ...R(), padding: "VALID" });
  expect(() => conv.forward(tf.ones([4, 2]))).toThrow(ShapeMismatchError);
  expect(() => conv.forward(tf.ones([1, 4, 4, 3]))).toThrow(/expected last axis 2 \(inFeatures\)/);
  expect(() => conv.forward(tf.ones([1, 2, 4, 2]))).toThrow(/hold a window of 3 elements, got 2/);
  expect(() => maxPool(tf.ones([1, 4, 1]), [2, 2])).toThrow(ShapeMismatchError);
  expect(() => avgPool(tf.ones([1, 4, 4, 1]), [2, 2], { strides: [0, 1] })).toThrow(InvalidArgumentError);
});

test("averages count padding as zeros unless told not to, and strides are 1 by default", async () => {
  const x = tf.tensor([3, 6, 9], [3, 1]);
  await expect(avgPool(x, [3], { padding: "SAME" })).toBeAllClose([3, 6, 5]);
  await expect(avgPool(x, [3], { padding: "SAME", countIncludePad: false })).toBeAllClose([4.5, 6, 7.5]);
  await expect(maxPool(tf.neg(x), [2], { padding: [[1, 0]] })).toBeAllClose([-3, -3, -6]);
});
