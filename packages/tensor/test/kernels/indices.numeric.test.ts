/** @file The rule for indices: read from the end below 0, filled outside, dropped where something is written. */
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const ints = (...values: number[]) => tf.tensor1d(values, "int32");
const FILL = { float32: NaN, int32: -(2 ** 31), bool: 1 } as const;

describe.each(["float32", "int32", "bool"] as const)("of %s,", (dtype) => {
  const values = dtype === "bool" ? [0, 1, 0, 0, 1, 0] : [1, 2, 3, 4, 5, 6];
  const x = () => tf.tensor2d(values, [3, 2], dtype);
  const rows = (...which: (number | undefined)[]) =>
    which.flatMap((row) =>
      row === undefined ? [FILL[dtype], FILL[dtype]] : values.slice(2 * row, 2 * row + 2),
    );

  test("gather counts from the end, and fills rows outside", async () => {
    const taken = tf.gather(x(), ints(2, -1, -3, 3, -4, 100000, 0));
    expect([taken.shape, taken.dtype]).toEqual([[7, 2], dtype]);
    await expect(taken).toBeAllClose(rows(2, 2, 0, undefined, undefined, undefined, 0));
  });

  test("gather along the last axis", async () => {
    const [a, b, c] = [values[1]!, values[3]!, values[5]!];
    const f = FILL[dtype];
    await expect(tf.gather(x(), ints(-1, 2), 1)).toBeAllClose([a, f, b, f, c, f]);
  });

  test("gather of two batches", async () => {
    const batches = tf.stack([x(), tf.reverse(x(), 0)]);
    const taken = tf.gather(batches, tf.tensor2d([0, -1, 3, 2], [2, 2], "int32"), 1, 1);
    expect(taken.shape).toEqual([2, 2, 2]);
    await expect(taken).toBeAllClose(rows(0, 2, undefined, 0));
  });

  test("gather of nothing, and from nothing", async () => {
    expect(tf.gather(x(), ints()).shape).toEqual([0, 2]);
    await expect(tf.gather(tf.zeros([0, 2], dtype), ints(0))).toBeAllClose(rows(undefined));
  });

  test("gatherND fills what any component is outside of", async () => {
    await expect(tf.gatherND(x(), tf.tensor2d([2, -1, 3], [3, 1], "int32"))).toBeAllClose(
      rows(2, undefined, undefined),
    );
    const places = tf.tensor2d([2, 1, 0, 0, 0, 2, -1, 0], [4, 2], "int32");
    const f = FILL[dtype];
    await expect(tf.gatherND(x(), places)).toBeAllClose([values[5]!, values[0]!, f, f]);
  });

  test("tensorScatterUpdate drops what is outside, and leaves its input alone", async () => {
    const into = x();
    const updates = tf.tensor2d([1, 0, 1, 1, 1, 1], [3, 2], dtype);
    const updated = tf.tensorScatterUpdate(into, tf.tensor2d([2, -1, 3], [3, 1], "int32"), updates);
    await expect(updated).toBeAllClose([...values.slice(0, 4), 1, 0]);
    await expect(into).toBeAllClose(values);
  });
});

describe.each(["float32", "int32"] as const)("sums of %s drop what is outside:", (dtype) => {
  const updates = () => tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2], dtype);

  test("scatterND", async () => {
    const sums = tf.scatterND(tf.tensor2d([2, 0, 2, -1, 3], [5, 1], "int32"), updates(), [3, 2]);
    expect(sums.dtype).toBe(dtype);
    await expect(sums).toBeAllClose([3, 4, 0, 0, 6, 8]);
  });

  test("unsortedSegmentSum", async () => {
    await expect(tf.unsortedSegmentSum(updates(), ints(2, 0, 2, -1, 3), 3)).toBeAllClose([3, 4, 0, 0, 6, 8]);
  });
});

test("counts drop what is outside", async () => {
  const numbers = ints(1, 1, -1, 5, 0);
  await expect(tf.bincount(numbers, tf.tensor1d([]), 3)).toBeAllClose([1, 2, 0]);
  await expect(tf.denseBincount(numbers, tf.tensor1d([1, 2, 4, 8, 16]), 3)).toBeAllClose([16, 3, 0]);
  const rows = tf.tensor2d([1, 1, -1, 5, 0, 2], [2, 3], "int32");
  await expect(tf.denseBincount(rows, [], 3)).toBeAllClose([0, 2, 0, 1, 0, 1]);
});

describe("gradients follow the same rule:", () => {
  const x = () => tf.tensor1d([1, 2, 3]);
  const sumOf = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad((at) => tf.sum(f(at)));

  test("gather", async () => {
    await expect(sumOf((at) => tf.gather(at, ints(0, 5, -1, -9, -3)))(x())).toBeAllClose([2, 0, 1]);
  });

  test("gather of batches, none of which reaches into another", async () => {
    const indices = tf.tensor2d([0, 3, -1, -4], [2, 2], "int32");
    const grad = sumOf((at) => tf.gather(at, indices, 1, 1))(tf.ones([2, 3]));
    await expect(grad).toBeAllClose([1, 0, 0, 0, 0, 1]);
  });

  test("gatherND", async () => {
    const places = tf.tensor2d([0, 5, -1], [3, 1], "int32");
    await expect(sumOf((at) => tf.gatherND(at, places))(x())).toBeAllClose([1, 0, 0]);
  });

  test("scatterND", async () => {
    const places = tf.tensor2d([2, 5, -1], [3, 1], "int32");
    const grad = sumOf((at) => tf.mul(tf.scatterND(places, at, [3]), tf.tensor1d([10, 20, 30])))(x());
    await expect(grad).toBeAllClose([30, 0, 0]);
  });

  test("tensorScatterUpdate, of the updates", async () => {
    const places = tf.tensor2d([2, 5, -1], [3, 1], "int32");
    const grad = sumOf((at) => tf.mul(tf.tensorScatterUpdate(tf.ones([3]), places, at), tf.tensor1d([10, 20, 30])))(x()); // prettier-ignore
    await expect(grad).toBeAllClose([30, 0, 0]);
  });

  test("unsortedSegmentSum", async () => {
    const weights = tf.tensor1d([10, 20]);
    const grad = sumOf((at) => tf.mul(tf.unsortedSegmentSum(at, ints(1, 2, -1), 2), weights))(x());
    await expect(grad).toBeAllClose([20, 0, 0]);
  });
});

test("no tensor is left behind", async () => {
  const [x, updates] = [tf.ones([3, 2]), tf.ones([2, 2])];
  const [indices, places] = [ints(0, 5), tf.tensor2d([0, 5], [2, 1], "int32")];
  await expectNoLeak(() =>
    tf.dispose([
      tf.gather(x, indices),
      tf.gatherND(x, places),
      tf.scatterND(places, updates, [3, 2]),
      tf.tensorScatterUpdate(x, places, updates),
    ]),
  );
});
