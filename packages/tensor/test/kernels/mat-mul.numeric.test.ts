/** @file Matrix products against sums of products. */
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";

/** Element [batch, i, j] of the product, from flat values. */
async function productOf(a: tf.Tensor, b: tf.Tensor): Promise<number[]> {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [m = 1, k = 1] = a.shape.slice(-2);
  const [, n = 1] = b.shape.slice(-2);
  const [x, y] = await Promise.all([a.data(), b.data()]);
  const place = (shape: number[], index: number) => {
    let [rest, stride, sum] = [index, 1, 0];
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const size = shape[axis - batch.length + shape.length - 2] ?? 1;
      if (size > 1) sum += (rest % batch[axis]!) * stride;
      stride *= size;
      rest = Math.floor(rest / batch[axis]!);
    }
    return sum;
  };
  const result: number[] = [];
  for (let index = 0; index < tf.util.sizeFromShape(batch); index++) {
    const [ofA, ofB] = [place(a.shape, index) * m * k, place(b.shape, index) * k * n];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) sum += x[ofA + i * k + l]! * y[ofB + l * n + j]!;
        result.push(sum);
      }
    }
  }
  return result;
}

const swapped = (x: tf.Tensor) =>
  tf.transpose(x, [...Array.from({ length: x.rank - 2 }, (_, i) => i), x.rank - 1, x.rank - 2]);

/** Small pairs, and on wasm, which does these in another way, pairs of more than 4096 multiplications. */
const SIZES: [m: number, k: number, n: number][] = [[2, 3, 2]];
if (inject("backend") === "wasm") SIZES.push([17, 16, 18]);

describe.each(SIZES)("of %i x %i by %i columns", (m, k, n) => {
  test.each([
    ["matrices", [], []],
    ["batches", [2], [2]],
    ["a batch and one matrix", [2, 2], [1]],
    ["one matrix and a batch", [], [3]],
  ])("%s, with each operand transposed or not", async (_, batchA, batchB) => {
    const [a, b] = [wave([...batchA, m, k]), wave([...batchB, k, n], 1, 1)];
    const expected = await productOf(a, b);
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const product = tf.matMul(
        transposeA ? swapped(a) : a,
        transposeB ? swapped(b) : b,
        transposeA,
        transposeB,
      );
      await expect(product).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  test("batches each of which is broadcast along one axis", async () => {
    const [a, b] = [wave([2, 1, m, k]), wave([1, 3, k, n], 1, 1)];
    const product = tf.matMul(a, b);
    expect(product.shape).toEqual([2, 3, m, n]);
    await expect(product).toBeAllClose(await productOf(a, b), { rtol: 1e-5, atol: 1e-5 });
  });

  test("fused with a bias and an activation", async () => {
    const [a, b, bias] = [wave([2, m, k]), wave([2, n, k], 1, 1), wave([n], 1, 2)];
    const product = tf.fused.matMul({ a, b, transposeB: true, bias, activation: "relu" });
    await expect(product).toBeAllClose(tf.relu(tf.add(tf.matMul(a, b, false, true), bias)));
  });
});

test("one operand may be the right one of several products in several shapes", async () => {
  const x = wave([16, 24]);
  for (const shape of [
    [16, 24],
    [24, 16],
    [12, 32],
    [2, 12, 16],
    [16, 24],
  ]) {
    const right = tf.reshape(x, shape);
    const left = wave([40, shape.at(-2)!], 1, 2);
    await expect(tf.matMul(left, right)).toBeAllClose(await productOf(left, right), {
      rtol: 1e-5,
      atol: 1e-5,
    });
  }
});

/** Those that add up float32 in JavaScript or wasm; what GPUs make of it is theirs. */
describe.runIf(["cpu", "wasm"].includes(inject("backend")))("of many terms", () => {
  const TERMS = 100_003;

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("keep the digits of long sums, transposed %s, %s", async (transposeA, transposeB) => {
    const [a, b] = [tf.fill(transposeA ? [TERMS, 2] : [2, TERMS], 0.1), wave([TERMS, 3], 0.01, 1)];
    const right = transposeB ? swapped(b) : b;
    const columns = [0, 0, 0];
    const values = await b.data();
    for (const [i, value] of values.entries()) columns[i % 3]! += Math.fround(0.1) * value;
    const product = tf.matMul(a, right, transposeA, transposeB);
    await expect(product).toBeAllClose([...columns, ...columns], { rtol: 2e-6, atol: 2e-6 * TERMS * 0.001 });
  });

  test.each([
    ["one matrix", [2, 2, 1, TERMS], [TERMS, 1]],
    ["a batch", [1, 2, 1, TERMS], [2, 2, TERMS, 1]],
  ])("of one number and %s leave no tensor behind", async (_, shapeA, shapeB) => {
    const [a, b] = [tf.fill(shapeA, 0.1), tf.ones(shapeB)];
    const product = tf.matMul(a, b);
    expect(product.shape).toEqual([2, 2, 1, 1]);
    const sum = TERMS * Math.fround(0.1);
    await expect(product).toBeAllClose([sum, sum, sum, sum], { rtol: 2e-6, atol: 0 });
    await expectNoLeak(() => tf.matMul(a, b).dispose());
  });
});

test("products of every kind leave no tensor behind", async () => {
  const [a, b, row] = [wave([2, 20, 20]), wave([2, 20, 20]), wave([20, 20])];
  await expectNoLeak(() =>
    tf.dispose([tf.matMul(a, b, true, true), tf.matMul(a, row), tf.fused.matMul({ a, b, transposeA: true })]),
  );
});
