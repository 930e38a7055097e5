/** @file Gradients of matrix products. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, ofGradients, weighted } from "./check.ts";

type Product = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** The product [..., m, k] @ [..., k, n] as a sum of elementwise products, whose gradients other files check. */
const reference: Product = (a, b) => tf.sum(tf.mul(tf.expandDims(a, -1), tf.expandDims(b, -3)), -2);

function swapped(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [...x.shape.slice(0, -2).keys(), x.rank - 1, x.rank - 2]);
}

async function expectSameGradients(f: Product, g: Product, inputs: tf.Tensor[]): Promise<void> {
  for (const [actual, expected] of [
    [tf.grads((a, b) => weighted(f(a, b))), tf.grads((a, b) => weighted(g(a, b)))],
    [
      tf.grads(ofGradients((...x) => f(...(x as [tf.Tensor, tf.Tensor])))),
      tf.grads(ofGradients((...x) => g(...(x as [tf.Tensor, tf.Tensor])))),
    ],
  ] as const) {
    const wanted = expected(inputs);
    for (const [i, gradient] of actual(inputs).entries()) {
      await expect(gradient).toBeAllClose(wanted[i] as tf.Tensor, { rtol: 1e-4, atol: 1e-4 });
    }
  }
}

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])("with transposeA %s and transposeB %s both orders of gradients are right", (transposeA, transposeB) => {
  const f: Product = (a, b) => tf.matMul(a, b, transposeA, transposeB);
  const g: Product = (a, b) => reference(transposeA ? swapped(a) : a, transposeB ? swapped(b) : b);
  test.each([
    ["of matrices", [], []],
    ["of batches", [2], [2]],
    ["of a batch and one matrix", [2], []],
    ["of one matrix and a batch", [], [2]],
    ["of two batch axes, one of them broadcast", [2, 2], [1, 2]],
  ])("%s", async (_, batchA, batchB) => {
    const a = wave([...batchA, ...(transposeA ? [3, 2] : [2, 3])]);
    const b = wave([...batchB, ...(transposeB ? [1, 3] : [3, 1])], 1, 1);
    await expectSameGradients(f, g, [a, b]);
  });
});

test("the product of a row or a column is right in both orders", async () => {
  const f: Product = (a, b) => tf.matMul(a, b);
  await expectSameGradients(f, reference, [wave([1, 3]), wave([3, 2])]);
  await expectSameGradients(f, reference, [wave([3, 1]), wave([1, 2])]);
});

test("tf.dot of vectors has gradients of both orders", async () => {
  await expectGradients({
    f: (a, b) => tf.dot(a as tf.Tensor, b as tf.Tensor),
    at: () => [wave([3]), wave([3], 1, 1)],
  });
});

test("a larger product has the gradients of the reference", async () => {
  await expectSameGradients((a, b) => tf.matMul(a, b), reference, [wave([5, 33]), wave([33, 17], 1, 1)]);
});

test("tf.fused.matMul with a bias and an activation has gradients of both orders", async () => {
  for (const activation of ["linear", "sigmoid"] as const) {
    await expectGradients({
      f: (a, b, bias) => tf.fused.matMul({ a: a as tf.Tensor, b: b as tf.Tensor, bias, activation }),
      at: () => [wave([2, 3]), wave([3, 2], 1, 1), wave([2])],
    });
  }
});
