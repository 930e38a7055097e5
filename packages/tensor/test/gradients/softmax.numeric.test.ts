/** @file Gradients of softmax and its logarithm. */
import { expectNoLeak, wave } from "@nnx-js/testing";
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

test("softmaxCrossEntropy has gradients of both orders, though TensorFlow.js saves what it computed on the way", async () => {
  const labels = tf.tensor2d([0, 1, 0, 0.5, 0.25, 0.25], [2, 3]);
  await expectGradients({
    f: (x) => tf.losses.softmaxCrossEntropy(labels, x, undefined, undefined, tf.Reduction.NONE),
    at: () => [wave([2, 3])],
  });
});

test("a custom gradient that saves what it computed on the way is right in second order, and leaves nothing", async () => {
  const cube = tf.customGrad((x, save) => {
    const [input, keep] = [x as tf.Tensor, save as tf.GradSaveFunc];
    const square = tf.square(input);
    keep([square, input]);
    return {
      value: tf.mul(square, input),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.mul(saved!, 3)),
    };
  });
  const second = tf.grad((x) => tf.grad((y) => cube(y))(x));
  const third = tf.grad((x) => tf.grad((y) => tf.grad((z) => cube(z))(y))(x));
  const x = tf.tensor1d([0.5, 2]);
  await expect(second(x)).toBeAllClose([3, 12]);
  await expect(third(x)).toBeAllClose([6, 6]);
  await expectNoLeak(() => tf.dispose(second(x)));
});
