/** @file Gradients of matrix products. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, ofGradients, weighted } from "./check.ts";

type Product = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/**
 * The product [..., m, k] @ [..., k, n] as a sum of elementwise products, whose gradients other files check.
 *
 * The batch becomes one axis: webgpu has no elementwise operations of the rank that it would otherwise take.
 */
const reference: Product = (a, b) => {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const rows = flat(a, batch);
  const columns = flat(b, batch);
  const product = tf.sum(tf.mul(tf.expandDims(rows, -1), tf.expandDims(columns, -3)), -2);
  return tf.reshape(product, [...batch, a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1]);
};

function flat(x: tf.Tensor, batch: number[]): tf.Tensor {
  const matrix = x.shape.slice(-2);
  return tf.reshape(tf.broadcastTo(x, [...batch, ...matrix]), [-1, ...matrix]);
}

function swapped(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [...x.shape.slice(0, -2).keys(), x.rank - 1, x.rank - 2]);
}

/** A function of a pair as one of a list, which is what the checks take. */
function ofList(f: Product): (...inputs: tf.Tensor[]) => tf.Tensor {
  // Every check below passes two tensors.
  return (...inputs) => f(...(inputs as [tf.Tensor, tf.Tensor]));
}

async function expectSameGradients(f: Product, inputs: tf.Tensor[], g = reference): Promise<void> {
  await expectSame(
    tf.grads((a, b) => weighted(f(a, b))),
    tf.grads((a, b) => weighted(g(a, b))),
    inputs,
  );
}

async function expectSameSecondOrder(f: Product, inputs: tf.Tensor[], g = reference): Promise<void> {
  await expectSame(tf.grads(ofGradients(ofList(f))), tf.grads(ofGradients(ofList(g))), inputs);
}

async function expectSame(
  actual: (inputs: tf.Tensor[]) => tf.Tensor[],
  expected: (inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: tf.Tensor[],
): Promise<void> {
  const wanted = expected(inputs);
  for (const [i, gradient] of actual(inputs).entries()) {
    await expect(gradient).toBeAllClose(wanted[i] as tf.Tensor, { rtol: 1e-4, atol: 1e-4 });
  }
}

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])("with transposeA %s and transposeB %s the gradients are right", (transposeA, transposeB) => {
  const f: Product = (a, b) => tf.matMul(a, b, transposeA, transposeB);
  const g: Product = (a, b) => reference(transposeA ? swapped(a) : a, transposeB ? swapped(b) : b);
  const matrices = (batchA: number[], batchB: number[]) => [
    wave([...batchA, ...(transposeA ? [3, 2] : [2, 3])]),
    wave([...batchB, ...(transposeB ? [1, 3] : [3, 1])], 1, 1),
  ];
  test.each([
    ["of matrices", [], []],
    ["of batches", [2], [2]],
    ["of a batch and one matrix", [2], []],
    ["of one matrix and a batch", [], [2]],
    ["of two batch axes, one of them broadcast", [2, 2], [1, 2]],
  ])("%s", async (_, batchA, batchB) => {
    await expectSameGradients(f, matrices(batchA, batchB), g);
  });
  test("of matrices so large that wasm transposes them first", async () => {
    const a = wave(transposeA ? [33, 17] : [17, 33]);
    const b = wave(transposeB ? [18, 33] : [33, 18], 1, 1);
    await expectSameGradients(f, [a, b], g);
  });
  test("in second order", async () => {
    await expectSameSecondOrder(f, matrices([], []), g);
    await expectSameSecondOrder(f, matrices([2], []), g);
  });
});

test("the product of a row or a column is right in both orders", async () => {
  const f: Product = (a, b) => tf.matMul(a, b);
  for (const inputs of [
    [wave([1, 3]), wave([3, 2])],
    [wave([3, 1]), wave([1, 2])],
  ]) {
    await expectSameGradients(f, inputs);
    await expectSameSecondOrder(f, inputs);
  }
});

test("tf.dot of vectors has gradients of both orders", async () => {
  await expectGradients({
    f: (a, b) => tf.dot(a, b),
    at: () => [wave([3]), wave([3], 1, 1)],
  });
});

test("tf.fused.matMul with a bias and an activation has gradients of both orders", async () => {
  for (const activation of ["linear", "sigmoid"] as const) {
    await expectGradients({
      f: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation }),
      at: () => [wave([2, 3]), wave([3, 2], 1, 1), wave([2])],
    });
  }
});

test("tf.fused.matMul sums its gradients over the batch that an operand was repeated for", async () => {
  await expectGradients({
    f: (a, b, bias) => tf.fused.matMul({ a, b, bias }),
    at: () => [wave([2, 2, 3]), wave([3, 2], 1, 1), wave([2])],
  });
  await expectGradients({
    f: (a, b) => tf.fused.matMul({ a, b }),
    at: () => [wave([1, 2, 3]), wave([2, 3, 2], 1, 1)],
  });
});
