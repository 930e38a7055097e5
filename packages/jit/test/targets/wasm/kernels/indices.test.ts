/** @file Indices outside, and what else took integers for floats. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { runCompiled } from "../traced.ts";

type Fn = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

const int = (values: number | number[], shape?: number[]) =>
  tf.tensor(typeof values === "number" ? [values] : values, shape ?? [[values].flat().length], "int32");
const bool = (values: number[]) => tf.tensor(values, [values.length], "bool");
const float = (values: number[]) => tf.tensor(values, [values.length], "float32");

const LOWEST = -(2 ** 31);
const HIGHEST = 2 ** 31 - 1;

/** What compiled code gives: numbers, with the dtype. */
function compiled(fn: Fn, ...inputs: tf.Tensor[]): [dtype: string, values: number[]] {
  const [result] = runCompiled(fn, inputs);
  return [result!.dtype, [...result!.dataSync()]];
}

type Case = [name: string, fn: Fn, inputs: () => tf.Tensor[], dtype: string, expected: number[]];

const tensorCases = (cases: Case[]) =>
  test.each<Case>(cases)("%s", (_, fn, inputs, dtype, expected) => {
    expect(compiled(fn, ...inputs())).toEqual([dtype, expected]);
  });

describe("indices outside", () => {
  const params = () => float([1, 2, 3]);
  tensorCases([
    [
      "gather counts negative ones from the end",
      (x, i) => tf.gather(x, i),
      () => [params(), int([5, -1, -3, -4, 0, LOWEST, HIGHEST])],
      "float32",
      [NaN, 3, 1, NaN, 1, NaN, NaN],
    ],
    [
      "gather of integers",
      (x, i) => tf.gather(x, i),
      () => [int([1, 2]), int([2, -2, -3])],
      "int32",
      [LOWEST, 1, LOWEST],
    ],
    [
      "gather of truth values",
      (x, i) => tf.gather(x, i),
      () => [bool([0, 0]), int([2, -2, 0])],
      "bool",
      [1, 0, 0],
    ],
    [
      "gather of rows",
      (x, i) => tf.gather(x, i, 1),
      () => [tf.reshape(float([1, 2, 3, 4]), [2, 2]), int([-1, 2])],
      "float32",
      [2, NaN, 4, NaN],
    ],
    [
      "gather with batches",
      (x, i) => tf.gather(x, i, 1, 1),
      () => [tf.reshape(float([1, 2, 3, 4]), [2, 2]), int([-1, 2], [2, 1])],
      "float32",
      [2, NaN],
    ],
    [
      "gather of nothing",
      (x, i) => tf.gather(x, i),
      () => [tf.zeros([0, 2]), int([0])],
      "float32",
      [NaN, NaN],
    ],
    [
      "gatherND",
      (x, i) => tf.gatherND(x, i),
      () => [tf.reshape(float([1, 2, 3, 4]), [2, 2]), int([1, 1, -1, 0, 0, 2, 5, 5], [4, 2])],
      "float32",
      [4, NaN, NaN, NaN],
    ],
    [
      "scatterND leaves them out",
      (i, x) => tf.scatterND(i, x, [3]),
      () => [int([1, -1, 3, 1], [4, 1]), float([1, 2, 4, 8])],
      "float32",
      [0, 9, 0],
    ],
    [
      "tensorScatterUpdate",
      (t, i, x) => tf.tensorScatterUpdate(t, i, x),
      () => [params(), int([1, -1, 3], [3, 1]), float([7, 8, 9])],
      "float32",
      [1, 7, 3],
    ],
    [
      "segment sum",
      (x, i) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 2),
      () => [float([1, 2, 4, 8]), int([0, -1, 2, 0])],
      "float32",
      [9, 0],
    ],
    [
      "bincount",
      (x, w) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 3),
      () => [int([1, 5, -1, 1]), float([1, 2, 4, 8])],
      "float32",
      [0, 9, 0],
    ],
  ]);

  test("their gradients go where the index points, or nowhere", () => {
    const gradient = jit((x: tf.Tensor, i: tf.Tensor) =>
      tf.grad((y: tf.Tensor) => tf.sum(tf.mul(tf.gather(y, i), tf.tensor1d([1, 2, 4, 8, 16]))))(x),
    );
    expect([...gradient(params(), int([5, -1, 0, -4, 2])).dataSync()]).toEqual([4, 0, 18]);
    gradient.dispose();
  });
});

test("a strided slice that leaves an axis out", () => {
  const fn: Fn = (x) => tf.stridedSlice(x, [0, 1], [3, 2], [2, 1], 0, 0, 0, 0, 2);
  expect(compiled(fn, tf.reshape(tf.range(0, 9), [3, 3]))).toEqual(["float32", [1, 7]]);
});

test("NaN stays NaN", () => {
  expect(compiled(tf.sign, float([NaN, -0, 5e-8]))).toEqual(["float32", [NaN, 0, 1]]);
  expect(compiled((x) => tf.mean(x, 0), tf.zeros([0, 2]))).toEqual(["float32", [NaN, NaN]]);
});

test("bincount of any rank counts all elements", () => {
  const fn: Fn = (x) => tf.bincount(x as tf.Tensor1D, tf.tensor1d([]), 4);
  expect(compiled(fn, int([0, 1, 1, 3, 1, 9], [2, 3]))).toEqual(["float32", [1, 3, 0, 1]]);
});

test("an image's threshold by otsu", () => {
  const image = tf.tensor3d(
    Array.from({ length: 64 }, (_, i) => (i * 37) % 256),
    [8, 8, 1],
    "int32",
  );
  const fn = (x: tf.Tensor) => tf.image.threshold(x as tf.Tensor3D, "otsu", false);
  const threshold = jit(fn);
  expect([...threshold(image).dataSync()]).toEqual([...fn(image).dataSync()]);
  threshold.dispose();
});

test("multinomial draws what eager code draws", () => {
  const logits = tf.tensor2d(
    Array.from({ length: 40 }, (_, i) => Math.sin(3 * i)),
    [4, 10],
  );
  for (const normalized of [false, true]) {
    const fn = (x: tf.Tensor) =>
      tf.multinomial(normalized ? (tf.softmax(x) as tf.Tensor2D) : (x as tf.Tensor2D), 500, 42, normalized);
    const draw = jit(fn);
    const [found, expected] = [draw(logits), fn(logits)];
    expect(found.dtype).toBe("int32");
    expect([...found.dataSync()]).toEqual([...expected.dataSync()]);
    draw.dispose();
  }
});
