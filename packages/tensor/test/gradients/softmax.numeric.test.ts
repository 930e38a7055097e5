/** @file Gradients of softmax and its logarithm. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectGradients } from "./check.ts";

test("softmax has gradients of both orders", async () => {
  await expectGradients({ f: (x) => tf.softmax(x), at: () => [wave([2, 3])] });
});

test("logSoftmax has gradients of both orders, though TensorFlow.js saves its output", async () => {
  await expectGradients({ f: (x) => tf.logSoftmax(x), at: () => [wave([2, 3])] });
});

test("a custom gradient that saves its output is right in second order", async () => {
  const exp = tf.customGrad((x, save) => {
    // The types do not tell tensors from the function that saves them.
    const [input, keep] = [x as tf.Tensor, save as tf.GradSaveFunc];
    const value = tf.exp(input);
    keep([value]);
    return { value, gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) => tf.mul(dy, y as tf.Tensor) };
  });
  const second = tf.grad((x) => tf.grad((y) => exp(y))(x));
  await expect(second(tf.tensor1d([0.5, 1]))).toBeAllClose([Math.exp(0.5), Math.E]);
});
