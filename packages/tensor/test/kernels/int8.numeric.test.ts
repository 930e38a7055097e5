/** @file Packed int8 is what it was packed from, and its products are those of float64, on every backend. */
import { full, Int8ArgumentError, int8MatMul, int8Unpack, int8Words, packInt8 } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** All 256 values, and others by a simple rule. */
function bytes(count: number, seed = 0): Int8Array {
  return Int8Array.from({ length: count }, (_, i) =>
    i < 256 ? i - 128 : Math.imul(i + seed, 2654435761) >> 24,
  );
}

function floats(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * 3);
}

function wordsOf(values: Int8Array, rows: number, columns: number): tf.Tensor {
  return tf.tensor(packInt8(values, columns), [rows, int8Words(columns)], "int32");
}

/** Row by row, in float64. */
function product(x: Float32Array, values: Int8Array, [m, k, n]: readonly [number, number, number]): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let i = 0; i < k; i++) sum += x[row * k + i]! * values[i * n + column]!;
    return sum;
  });
}

test.each([1, 3, 4, 15, 16, 17, 33, 64, 100])("%i columns come back as they were", async (columns) => {
  const values = bytes(columns * 7);
  const unpacked = int8Unpack(wordsOf(values, 7, columns), columns);
  expect(unpacked.shape).toEqual([7, columns]);
  expect(unpacked.dtype).toBe("float32");
  expect(Array.from(await unpacked.data())).toEqual(Array.from(values));
});

test("rows may have several axes", async () => {
  const values = bytes(2 * 3 * 20);
  const words = tf.reshape(wordsOf(values, 6, 20), [2, 3, int8Words(20)]);
  const unpacked = int8Unpack(words, 20);
  expect(unpacked.shape).toEqual([2, 3, 20]);
  expect(Array.from(await unpacked.data())).toEqual(Array.from(values));
});

const SIZES = [
  [1, 1, 1],
  [1, 5, 16],
  [1, 64, 130],
  [3, 7, 10],
  [7, 33, 48],
  [9, 12, 20],
  [40, 16, 64],
  [2, 0, 5],
  [0, 3, 5],
] as const;

test.each(SIZES)("a product of %ix%ix%i", async (m, k, n) => {
  const [x, values] = [floats(m * k), bytes(k * n)];
  const result = int8MatMul(tf.tensor(x, [m, k]), wordsOf(values, k, n), n);
  expect(result.shape).toEqual([m, n]);
  await expect(result).toBeAllClose(product(x, values, [m, k, n]), { rtol: 1e-5, atol: 2e-3 });
});

test("a product of many equal terms loses no digits", async () => {
  const k = 20_000;
  const result = int8MatMul(full([1, k], 0.1), wordsOf(new Int8Array(k).fill(100), k, 1), 1);
  const exact = k * Math.fround(0.1) * 100;
  expect(Math.abs((await result.data())[0]! / exact - 1)).toBeLessThan(2e-6);
});

test("of any sizes", async () => {
  const size = fc.integer({ min: 1, max: 40 });
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 12 }), size, size, async (m, k, n) => {
    const [x, values] = [floats(m * k), bytes(k * n, m)];
    using result = tf.tidy(() => int8MatMul(tf.tensor(x, [m, k]), wordsOf(values, k, n), n));
    await expect(result).toBeAllClose(product(x, values, [m, k, n]), { rtol: 1e-5, atol: 2e-3 });
  });
  await fc.assert(property, { numRuns: 15 });
});

test("the gradient for the floats is a product with the transposed matrix", async () => {
  const values = bytes(5 * 20);
  const words = wordsOf(values, 5, 20);
  const gradient = tf.grad((x) => tf.sum(int8MatMul(x, words, 20)))(tf.ones([2, 5]));
  const sums = Array.from({ length: 5 }, (_, i) => values.slice(i * 20, i * 20 + 20).reduce((a, b) => a + b, 0)); // prettier-ignore
  await expect(gradient).toBeAllClose([...sums, ...sums], { rtol: 1e-6 });
});

test("nothing is left behind", () => {
  const [x, words] = [tf.ones([3, 8]), wordsOf(bytes(8 * 20), 8, 20)];
  const before = tf.memory().numTensors;
  int8MatMul(x, words, 20).dispose();
  int8MatMul(tf.ones([1, 8]), words, 20).dispose();
  int8Unpack(words, 20).dispose();
  expect(tf.memory().numTensors).toBe(before + 1);
});

test("what is not packed, or does not fit, is refused", () => {
  const words = wordsOf(bytes(40), 2, 20);
  expect(() => int8Unpack(tf.ones([2, 8]), 20)).toThrow(/found float32 \[2, 8\]/);
  expect(() => int8Unpack(words, 40)).toThrow(/expected int32 \[..., 12\] for 40 columns/);
  expect(() => int8Unpack(words, -1)).toThrow(Int8ArgumentError);
  expect(() => int8MatMul(tf.ones([3, 3]), words, 20)).toThrow(/expected float32 \[m, 2\]/);
  expect(() => int8MatMul(tf.ones([2], "float32"), words, 20)).toThrow(Int8ArgumentError);
  expect(() => packInt8(bytes(40), 12)).toThrow(/columns that divide 40 values into rows, found 12/);
  expect(() => packInt8(bytes(1), 0)).toThrow(Int8ArgumentError);
  expect(() => packInt8(floats(4) as unknown as Int8Array, 2)).toThrow(/expected an Int8Array/);
  expect(packInt8(bytes(0), 0)).toEqual(new Int32Array());
});
