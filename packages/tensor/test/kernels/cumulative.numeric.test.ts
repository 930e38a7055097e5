/** @file Sums and products along an axis: each axis by both its numbers, from both ends, with and without the element. */
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { computeOnDevice } from "./on-device.ts";

computeOnDevice();

const VALUES = [3, -7, 2, 4, 1, 9];
const SHAPE = [2, 3];

/** Element by element: what of its line comes before or after it, combined. */
function along(axis: number, exclusive: boolean, reverse: boolean, isSum: boolean): number[] {
  return VALUES.map((_, i) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    const [place, length, step, start] = axis === 0 ? [row, 2, 3, column] : [column, 3, 1, 3 * row];
    const line = Array.from({ length }, (_, k) => VALUES[start + k * step]!);
    const counted = reverse
      ? line.slice(place + (exclusive ? 1 : 0))
      : line.slice(0, place + (exclusive ? 0 : 1));
    return counted.reduce((total, value) => (isSum ? total + value : total * value), isSum ? 0 : 1);
  });
}

const flags = [false, true];
const CASES = [0, 1, -1, -2].flatMap((axis) =>
  flags.flatMap((exclusive) =>
    flags.map((reverse): [number, boolean, boolean] => [axis, exclusive, reverse]),
  ),
);

describe.each(CASES)("axis %i, exclusive %s, reverse %s", (axis, exclusive, reverse) => {
  const place = axis < 0 ? axis + 2 : axis;

  test.each(["float32", "int32"] as const)("%s", async (dtype) => {
    const x = tf.tensor2d(VALUES, [2, 3], dtype);
    for (const [run, isSum] of [
      [tf.cumsum, true],
      [tf.cumprod, false],
    ] as const) {
      const y = run(x, axis, exclusive, reverse);
      expect([y.shape, y.dtype]).toEqual([SHAPE, dtype]);
      await expect(y).toBeAllClose(along(place, exclusive, reverse, isSum));
    }
  });

  test("gradients", async () => {
    const grad = tf.grad((x) => tf.sum(tf.cumsum(x, axis, exclusive, reverse)))(tf.tensor2d(VALUES, [2, 3]));
    const lengths = [2, 3];
    await expect(grad).toBeAllClose(
      VALUES.map((_, i) => {
        const at = place === 0 ? Math.floor(i / 3) : i % 3;
        const count = reverse ? at + 1 : lengths[place]! - at;
        return exclusive ? count - 1 : count;
      }),
    );
    const ofProduct = tf.grad((x) => tf.sum(tf.cumprod(x, axis, exclusive, reverse)))(tf.ones([2, 3]));
    await expect(ofProduct).toBeAllClose(grad);
  });
});

test("axes of several lengths, from their ends", async () => {
  for (const values of [
    [1, 2],
    [1, 2, 3, 4, 5],
    [3, 2, 1],
  ]) {
    const x = tf.tensor1d(values);
    const sums = values.map((_, i) => values.slice(i).reduce((sum, value) => sum + value, 0));
    await expect(tf.cumsum(x, 0, false, true)).toBeAllClose(sums);
  }
});
