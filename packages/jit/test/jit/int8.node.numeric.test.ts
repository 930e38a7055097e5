/** @file Compiled products with packed int8 are those of float64. */
import { jit } from "@nnx-js/jit";
import { full, int8MatMul, int8Unpack, int8Words, packInt8 } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function numbersOf(m: number, k: number, n: number) {
  const x = Float32Array.from({ length: m * k }, (_, i) => Math.sin(i * 1.7) * 3);
  const values = Int8Array.from({ length: k * n }, (_, i) => Math.imul(i + m, 2654435761) >> 24);
  const words = tf.tensor(packInt8(values, n), [k, int8Words(n)], "int32");
  return { x, values, words };
}

async function check(m: number, k: number, n: number): Promise<void> {
  const { x, values, words } = numbersOf(m, k, n);
  const bias = tf.range(0, n, 1, "float32");
  const product = jit((x: tf.Tensor, words: tf.Tensor) => tf.relu(tf.add(int8MatMul(x, words, n), bias)));
  const result = product(tf.tensor(x, [m, k]), words);
  product.dispose();
  const expected = Array.from({ length: m * n }, (_, at) => {
    let sum = at % n;
    for (let i = 0; i < k; i++) sum += x[Math.floor(at / n) * k + i]! * values[i * n + (at % n)]!;
    return Math.max(sum, 0);
  });
  expect(result.shape).toEqual([m, n]);
  // Of a sum whose terms cancel, digits are lost as of any product in float32.
  await expect(result).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-4 * Math.sqrt(k) });
}

test.each([
  [1, 1, 1],
  [1, 5, 16],
  [1, 64, 130],
  [1, 300, 2100],
  [3, 7, 10],
  [5, 515, 300],
  [7, 33, 48],
  [2, 1024, 300],
  [3, 896, 600],
  [9, 12, 20],
  [40, 16, 64],
  [2, 0, 5],
])("a product of %ix%ix%i", check);

test("of any sizes", async () => {
  const sizes = fc.tuple(
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 1, max: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(sizes, ([m, k, n]) => check(m, k, n)),
    { numRuns: 10 },
  );
});

test("a sum of many equal terms loses no digits", async () => {
  for (const k of [60_000, 70_000]) {
    const words = tf.tensor(packInt8(new Int8Array(k).fill(100), 1), [k, int8Words(1)], "int32");
    const product = jit((x: tf.Tensor) => int8MatMul(x, words, 1));
    const [value] = await product(full([1, k], 0.1)).data();
    product.dispose();
    expect(Math.abs(value! / (k * Math.fround(0.1) * 100) - 1)).toBeLessThan(2e-6);
  }
});

test.each([1e-30, 1e-20, 1e20, 1e33])("factors of about %d lose no digits", async (size) => {
  const { x, values, words } = numbersOf(2, 40, 20);
  const product = jit((x: tf.Tensor, words: tf.Tensor) => int8MatMul(x, words, 20));
  const scaled = x.map((value) => value * size);
  const result = await product(tf.tensor(scaled, [2, 40]), words).data();
  product.dispose();
  for (const [at, value] of result.entries()) {
    const terms = Array.from(
      { length: 40 },
      (_, i) => scaled[Math.floor(at / 20) * 40 + i]! * values[i * 20 + (at % 20)]!,
    );
    const [sum, largest] = [terms.reduce((a, b) => a + b, 0), terms.reduce((a, b) => a + Math.abs(b), 0)];
    expect(Math.abs(value - sum) / largest).toBeLessThan(1e-6);
  }
});

test.each([16, 37, 64])("words of %i columns as floats are what was packed", async (n) => {
  const { values, words } = numbersOf(1, 6, n);
  const unpack = jit((words: tf.Tensor) => int8Unpack(words, n));
  expect(Array.from(await unpack(words).data())).toEqual(Array.from(values));
  const halves = jit((words: tf.Tensor) => tf.mul(int8Unpack(tf.reshape(words, [2, 3, -1]), n), 0.5));
  expect(Array.from(await halves(words).data())).toEqual(Array.from(values, (value) => value / 2));
  unpack.dispose();
  halves.dispose();
});
