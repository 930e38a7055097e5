import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { runCompiled } from "./traced.ts";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** Primes. */
const LONG = 1_000_003;
const VERY_LONG = 10_000_019;

/** Numbers of [0.1, 1.1), and one number again and again, whose rounding errors all point one way. */
const values = {
  random: (length: number) => {
    let state = 1;
    return Float32Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return 0.1 + (state >>> 8) / 2 ** 24;
    });
  },
  equal: (length: number) => new Float32Array(length).fill(0.1),
};

const kinds = Object.keys(values) as (keyof typeof values)[];

/** Of compiled code, the largest error relative to the exact values. */
function errorOf(fn: Fn, inputs: readonly tf.Tensor[], exact: readonly number[]): number {
  const [result] = runCompiled(fn, inputs);
  const found = [...result!.dataSync()];
  expect(found.length).toBe(exact.length);
  result!.dispose();
  for (const input of inputs) input.dispose();
  return Math.max(...exact.map((value, i) => Math.abs(found[i]! / value - 1)));
}

/** The sums of each of `columns` columns of a row-major matrix. */
function columnSums(data: Float32Array, columns: number, of = (x: number) => x): number[] {
  const sums = Array.from({ length: columns }, () => 0);
  for (let i = 0; i < data.length; i++) sums[i % columns]! += of(data[i]!);
  return sums;
}

const total = (data: Float32Array, of?: (x: number) => number) => columnSums(data, 1, of)[0]!;

const BOUND = 2e-6;

describe.each(kinds)("sums of many %s numbers are exact but for 2e-6:", (kind) => {
  const data = values[kind](LONG);
  const wide = values[kind](3 * 333_337);
  const ones = (shape: number[]) => tf.ones(shape);

  test.each<[string, Fn, () => tf.Tensor[], () => number[]]>([
    ["all", (x) => tf.sum(x), () => [tf.tensor(data)], () => [total(data)]],
    ["outer axis", (x) => tf.sum(x, 0), () => [tf.tensor(wide, [333_337, 3])], () => columnSums(wide, 3)],
    [
      "outer axis, whole vectors",
      (x) => tf.sum(x, 0),
      () => [tf.tensor(wide.subarray(0, 8 * 125_001), [125_001, 8])],
      () => columnSums(wide.subarray(0, 8 * 125_001), 8),
    ],
    [
      "inner axis",
      (x) => tf.sum(x, 1),
      () => [tf.tensor(wide, [3, 333_337])],
      () => [0, 1, 2].map((row) => total(wide.subarray(row * 333_337, (row + 1) * 333_337))),
    ],
    [
      "outer and inner axes",
      (x) => tf.sum(x, [0, 2]),
      () => [tf.tensor(data.subarray(0, 2 * 70_001 * 7), [70_001, 2, 7])],
      () => {
        const part = data.subarray(0, 2 * 70_001 * 7);
        return [0, 1].map((at) => total(part.filter((_, i) => Math.floor(i / 7) % 2 === at)));
      },
    ],
    [
      "mean of squares",
      (x) => tf.mean(tf.square(x)),
      () => [tf.tensor(data)],
      () => [total(data, (x) => x * x) / LONG],
    ],
    ["norm", (x) => tf.norm(x), () => [tf.tensor(data)], () => [Math.sqrt(total(data, (x) => x * x))]],
    ["dot product", (a, b) => tf.dot(a, b), () => [tf.tensor(data), ones([LONG])], () => [total(data)]],
    [
      "matrix product",
      (a, b) => tf.matMul(a, b, true),
      () => [tf.tensor(wide, [333_337, 3]), ones([333_337, 2])],
      () => columnSums(wide, 3).flatMap((sum) => [sum, sum]),
    ],
    [
      "einsum",
      (a, b) => tf.einsum("ik,kj->ij", a, b),
      () => [tf.tensor(wide, [3, 333_337]), ones([333_337, 1])],
      () => [0, 1, 2].map((row) => total(wide.subarray(row * 333_337, (row + 1) * 333_337))),
    ],
    [
      "convolution with a long filter",
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "valid"),
      () => [tf.tensor(data, [1, 1, LONG, 1]), ones([1, LONG, 1, 1])],
      () => [total(data)],
    ],
    [
      "gradient of a filter, one image",
      (x) => filterGradient(x as tf.Tensor4D, [1, 1, 1, 2]),
      () => [tf.tensor(data, [1, 1, LONG, 1])],
      () => [total(data), total(data)],
    ],
    [
      "gradient of a filter, many images",
      (x) => filterGradient(x as tf.Tensor4D, [1, 1, 1, 1]),
      () => [tf.tensor(data.subarray(0, 3 * 50_021), [50_021, 1, 3, 1])],
      () => [total(data.subarray(0, 3 * 50_021))],
    ],
    [
      "gradient of a depthwise filter, one image",
      (x) => depthwiseGradient(x as tf.Tensor4D),
      () => [tf.tensor(wide, [1, 1, 333_337, 3])],
      () => columnSums(wide, 3),
    ],
    [
      "gradient of a depthwise filter, many images",
      (x) => depthwiseGradient(x as tf.Tensor4D),
      () => [tf.tensor(wide, [333_337, 1, 1, 3])],
      () => columnSums(wide, 3),
    ],
    [
      "segment sum",
      (x) => tf.unsortedSegmentSum(x, tf.zeros<tf.Rank.R1>([333_337], "int32"), 1),
      () => [tf.tensor(wide, [333_337, 3])],
      () => columnSums(wide, 3),
    ],
    [
      "mean pooling",
      (x) => tf.avgPool(x as tf.Tensor4D, [1, LONG], 1, "valid"),
      () => [tf.tensor(data, [1, 1, LONG, 1])],
      () => [total(data) / LONG],
    ],
    [
      "cumulative sum",
      (x) => tf.slice(tf.cumsum(x), [LONG - 1], [1]),
      () => [tf.tensor(data)],
      () => [total(data)],
    ],
    [
      "softmax",
      (x) => tf.slice(tf.softmax(tf.mul(x, 0)), [0], [1]),
      () => [tf.tensor(data)],
      () => [1 / LONG],
    ],
  ])("%s", (_, fn, inputs, exact) => {
    expect(errorOf(fn, inputs(), exact())).toBeLessThan(BOUND);
  });
});

function filterGradient(x: tf.Tensor4D, shape: [number, number, number, number]): tf.Tensor {
  const loss = (filter: tf.Tensor) => tf.sum(tf.conv2d(x, filter as tf.Tensor4D, 1, "valid"));
  return tf.grad(loss)(tf.ones(shape));
}

function depthwiseGradient(x: tf.Tensor4D): tf.Tensor {
  const loss = (filter: tf.Tensor) => tf.sum(tf.depthwiseConv2d(x, filter as tf.Tensor4D, 1, "valid"));
  return tf.grad(loss)(tf.ones([1, 1, 3, 1]));
}

test("products of many numbers", () => {
  const data = values.random(LONG).map((x) => 1 + (x - 0.6) * 1e-3);
  let product = 1;
  for (const x of data) product *= x;
  expect(errorOf((x) => tf.prod(x), [tf.tensor(data)], [product])).toBeLessThan(BOUND);
});

test("counting does not stop at 2^24", () => {
  const length = 16_777_259;
  const ones = tf.ones([length]);
  const columnsOf: Fn = (x) => tf.sum(tf.broadcastTo(tf.expandDims(x, 1), [length, 4]), 0);
  const [columns] = runCompiled(columnsOf, [ones]);
  expect([...columns!.dataSync()]).toEqual(Array.from({ length: 4 }, () => Math.fround(length)));
  const [count] = runCompiled(
    (x) => tf.bincount(tf.cast(x, "int32") as tf.Tensor1D, tf.tensor1d([]), 2),
    [ones],
  );
  expect([...count!.dataSync()]).toEqual([0, Math.fround(length)]);
  tf.dispose([ones, columns!, count!]);
});

test("the variance of ten million numbers", () => {
  const data = values.random(VERY_LONG);
  const mean = total(data) / VERY_LONG;
  const variance = total(data, (x) => (x - mean) ** 2) / VERY_LONG;
  expect(errorOf((x) => tf.moments(x).variance, [tf.tensor(data)], [variance])).toBeLessThan(BOUND);
});

test("a sum that overflows is infinite, and one of infinities is not", () => {
  const infinite = values.random(70_001);
  infinite[35_000] = Infinity;
  const column = tf.tensor(infinite, [70_001, 1]);
  for (const fn of [
    (x: tf.Tensor) => tf.sum(x),
    (x: tf.Tensor) => tf.matMul(x, tf.ones([70_001, 1]), true),
    (x: tf.Tensor) => tf.unsortedSegmentSum(x, tf.zeros<tf.Rank.R1>([70_001], "int32"), 1),
    (x: tf.Tensor) => filterGradient(tf.reshape(x, [1, 1, 70_001, 1]), [1, 1, 1, 1]),
  ]) {
    const [result] = runCompiled(fn, [column]);
    expect([...result!.dataSync()]).toEqual([Infinity]);
    result!.dispose();
  }
  column.dispose();
});
