/** @file Gradients of matrix products. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients } from "./check.ts";

const FORMS: [boolean, boolean][] = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
];

function matrices(batchA: number[], batchB: number[], transposeA: boolean, transposeB: boolean): tf.Tensor[] {
  const [a, b] = [transposeA ? [3, 2] : [2, 3], transposeB ? [1, 3] : [3, 1]];
  return [wave([...batchA, ...a]), wave([...batchB, ...b], 1, 1)];
}

describe.each(FORMS)(
  "with transposeA %s and transposeB %s both gradients are right",
  (transposeA, transposeB) => {
    const f = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB);
    test.each([
      ["of matrices", [], []],
      ["of batches", [2], [2]],
      ["of a batch and one matrix", [2], []],
      ["of one matrix and a batch", [], [2]],
      ["of two batch axes, one of them broadcast", [2, 2], [1, 2]],
    ])("%s", async (_, batchA, batchB) => {
      await expectGradients({ f, at: () => matrices(batchA, batchB, transposeA, transposeB) });
    });
  },
);

test("the product with a vector as a row or a column is right in both orders", async () => {
  await expectGradients({ f: (a, b) => tf.matMul(a, b), at: () => [wave([1, 3]), wave([3, 2])] });
  await expectGradients({ f: (a, b) => tf.dot(a, b), at: () => [wave([3]), wave([3, 2])] });
});

test("a larger product agrees with that of its transposes", async () => {
  const [a, b] = [wave([5, 33]), wave([33, 17], 1, 1)];
  const [da, db] = tf.grads((x, y) => tf.matMul(x, y))([a, b]);
  const plain = tf.grads((x, y) => tf.matMul(x, y, true, true))([tf.transpose(a), tf.transpose(b)]);
  await expect(tf.transpose(da as tf.Tensor)).toBeAllClose(plain[0] as tf.Tensor, { rtol: 1e-4, atol: 1e-5 });
  await expect(tf.transpose(db as tf.Tensor)).toBeAllClose(plain[1] as tf.Tensor, { rtol: 1e-4, atol: 1e-5 });
});

test("tf.fused.matMul with a bias and an activation has gradients of both orders", async () => {
  for (const activation of ["linear", "sigmoid"] as const) {
    await expectGradients({
      f: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation }),
      at: () => [wave([2, 3]), wave([3, 2], 1, 1), wave([2])],
    });
  }
});
