/** @file Pooling with sizes that are rounded up and windows of every size, its gradients, and NaN. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

type Pad = number | "same" | "valid" | [number, number][];
type Rounding = "floor" | "round" | "ceil" | undefined;
type Case = [height: number, width: number, size: number, stride: number, pad: Pad, rounding: Rounding];

const CASES: Case[] = [
  [5, 5, 2, 2, 0, "ceil"],
  [5, 5, 2, 2, 0, "floor"],
  [5, 5, 2, 2, 0, "round"],
  [6, 7, 3, 2, 1, "ceil"],
  [7, 7, 2, 3, 0, "ceil"],
  [2, 2, 3, 1, "same", undefined],
  [2, 3, 5, 2, "same", undefined],
  [4, 4, 2, 3, "same", undefined],
  [2, 2, 3, 1, 1, "ceil"],
  [3, 3, 4, 3, 2, "ceil"],
  [5, 6, 3, 3, [[0, 0], [2, 1], [1, 2], [0, 0]], "ceil"], // prettier-ignore
];

/** Which elements of the input each window lies over. */
function windows([height, width, size, stride, pad, rounding]: Case): {
  rows: number;
  columns: number;
  of: number[][];
} {
  const along = (length: number, axis: number): [count: number, low: number] => {
    if (pad === "same") {
      const count = Math.ceil(length / stride);
      return [count, Math.floor(Math.max(0, (count - 1) * stride + size - length) / 2)];
    }
    const [low, high] = typeof pad === "number" ? [pad, pad] : pad === "valid" ? [0, 0] : pad[axis + 1]!;
    const steps = (length + low + high - size) / stride;
    const round = rounding === "ceil" ? Math.ceil : rounding === "round" ? Math.round : Math.floor;
    return [Math.max(0, round(steps + 1)), low];
  };
  const [[rows, top], [columns, left]] = [along(height, 0), along(width, 1)];
  const inside = (start: number, length: number) =>
    Array.from({ length: size }, (_, i) => start + i).filter((i) => i >= 0 && i < length);
  const of = Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns) * stride - top, (i % columns) * stride - left];
    return inside(row, height).flatMap((y) => inside(column, width).map((x) => y * width + x));
  });
  return { rows, columns, of };
}

const valuesOf = (size: number) => Array.from({ length: size }, (_, i) => ((i * 37) % 23) - 30);

describe.each(CASES)("%i x %i, windows of %i every %i, padded by %j, rounded by %s", (...at) => {
  const [height, width, size, stride, pad, rounding] = at;
  const values = valuesOf(height * width);
  const { rows, columns, of } = windows(at);
  const x = () => tf.tensor4d(values, [1, height, width, 1]);
  const max = (t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, size, stride, pad as "same", rounding);
  const mean = (t: tf.Tensor) => tf.avgPool(t as tf.Tensor4D, size, stride, pad as "same", rounding);
  const weights = () => tf.reshape(tf.range(1, rows * columns + 1), [1, rows, columns, 1]);
  const gradient = (pool: (t: tf.Tensor) => tf.Tensor) =>
    tf.grad((t) => tf.sum(tf.mul(pool(t), weights())))(x());

  test("maxima and their gradient", async () => {
    const y = max(x());
    expect(y.shape).toEqual([1, rows, columns, 1]);
    await expect(y).toBeAllClose(of.map((window) => Math.max(...window.map((i) => values[i]!))));
    const expected = values.map(() => 0);
    of.forEach((window, i) => {
      const best = window.reduce((found, each) => (values[each]! > values[found]! ? each : found));
      expected[best]! += i + 1;
    });
    await expect(gradient(max)).toBeAllClose(expected);
  });

  test("means of what is no padding, and their gradient", async () => {
    await expect(mean(x())).toBeAllClose(
      of.map((window) => window.reduce((sum, i) => sum + values[i]!, 0) / window.length),
    );
    const expected = values.map(() => 0);
    of.forEach((window, i) => window.forEach((each) => (expected[each]! += (i + 1) / window.length)));
    await expect(gradient(mean)).toBeAllClose(expected);
  });
});

test.each([4, 5, 9])("no window of %i fits into 3 x 3", async (size) => {
  const x = tf.ones<tf.Rank.R4>([2, 3, 3, 1]);
  for (const pool of [tf.maxPool, tf.avgPool]) {
    expect(pool(x, size, 1, "valid").shape).toEqual([2, 0, 0, 1]);
    const grad = tf.grad((t) => tf.sum(pool(t as tf.Tensor4D, size, 1, "valid")))(x);
    await expect(grad).toBeAllClose(tf.zeros([2, 3, 3, 1]));
  }
});

test("NaN is seen by every window that lies over it", async () => {
  const x = tf.tensor4d([5, NaN, 3, 1, 2, 8], [1, 2, 3, 1]);
  await expect(tf.avgPool(x, [2, 1], 1, "valid")).toBeAllClose([3, NaN, 5.5]);
});
