/** @file Gradients of operations that rearrange, cut, pad, join or repeat. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

const matrix = () => [wave([2, 3])];
const cube = () => [wave([2, 2, 2])];
const two = () => [wave([2, 1]), wave([2, 2], 1, 1)];
const equal = () => [wave([2, 2]), wave([2, 2], 1, 1)];

const CASES: (GradientCase & { name: string })[] = [
  { name: "reshape", f: (x) => tf.reshape(x, [3, 2]), at: matrix },
  { name: "flatten to rank 1 and squeeze", f: (x) => tf.squeeze(tf.reshape(x, [1, 6, 1])), at: matrix },
  { name: "diag", f: tf.diag, at: matrix },
  { name: "expandDims", f: (x) => tf.expandDims(x, 1), at: matrix },
  { name: "expandDims at the end", f: (x) => tf.expandDims(x, -1), at: matrix },
  { name: "transpose", f: (x) => tf.transpose(x, [2, 0, 1]), at: () => [wave([1, 2, 3])] },
  { name: "concat", f: (a, b) => tf.concat([a, b], -1), at: two },
  { name: "stack", f: (a, b) => tf.stack([a, b], 1), at: equal },
  { name: "stack at the end", f: (a, b) => tf.stack([a, b], -1), at: equal },
  { name: "one output of unstack", f: (x) => tf.unstack(x, 1)[1] as tf.Tensor, at: matrix },
  {
    name: "unstack of an axis of size 1",
    f: (x) => tf.unstack(x, 0)[0] as tf.Tensor,
    at: () => [wave([1, 3])],
  },
  { name: "split", f: ofSplit, at: matrix },
  { name: "split into one", f: (x) => tf.split(x, 1, 1)[0] as tf.Tensor, at: matrix },
  { name: "slice", f: (x) => tf.slice(x, [0, 1], [-1, 2]), at: matrix },
  { name: "stridedSlice", f: (x) => tf.stridedSlice(x, [1], [6], [2]), at: () => [wave([7])] },
  {
    name: "stridedSlice that ends at the end",
    f: (x) => tf.stridedSlice(x, [0], [7], [3]),
    at: () => [wave([7])],
  },
  { name: "stridedSlice backwards", f: (x) => tf.stridedSlice(x, [-1], [0], [-2]), at: () => [wave([6])] },
  {
    name: "stridedSlice of two axes",
    f: (x) => tf.stridedSlice(x, [0, 0], [2, 3], [1, 2]),
    at: matrix,
  },
  {
    name: "stridedSlice that drops an axis and adds one",
    f: (x) => tf.stridedSlice(x, [1, 0, 0], [2, 1, 2], [1, 1, 1], 0, 0, 0, 2, 1),
    at: matrix,
  },
  {
    name: "pad",
    f: (x) =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
      ]),
    at: matrix,
  },
  { name: "mirrorPad, reflect", f: (x) => mirrored(x, "reflect"), at: matrix },
  { name: "mirrorPad, symmetric", f: (x) => mirrored(x, "symmetric"), at: matrix },
  { name: "tile", f: (x) => tf.tile(x, [2, 3]), at: matrix },
  {
    name: "tile of an axis of size 1 and another",
    f: (x) => tf.tile(x, [3, 1, 2]),
    at: () => [wave([1, 2, 2])],
  },
  { name: "broadcastTo", f: (x) => tf.broadcastTo(x, [2, 3, 2]), at: () => [wave([3, 1])] },
  { name: "reverse", f: (x) => tf.reverse(x, [-1]), at: matrix },
  {
    name: "spaceToBatchND",
    f: (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [1, 0],
        ],
      ),
    at: () => [wave([1, 2, 3, 1])],
  },
  {
    name: "batchToSpaceND",
    f: (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 1],
        ],
      ),
    at: () => [wave([4, 1, 2, 1])],
  },
  { name: "an input used twice", f: (x) => tf.concat([x, tf.mul(x, x), x], 0), at: cube },
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });
});

test("mirrorPad adds the gradients of the copies to the elements they mirror", async () => {
  const f = (mode: "reflect" | "symmetric") => (x: tf.Tensor) => tf.mirrorPad(x, [[2, 1]], mode);
  const x = tf.tensor1d([1, 2, 3]);
  await expect(tf.grad(f("reflect"))(x)).toBeAllClose([1, 3, 2]);
  await expect(tf.grad(f("symmetric"))(x)).toBeAllClose([2, 2, 2]);
});

test("what is tiled no times has a gradient of 0", async () => {
  const [x, axes] = [tf.ones([2, 3]), [[0, 2], [2, 0], [0, 0]]]; // prettier-ignore
  for (const reps of axes) {
    expect(tf.tile(x, reps).shape).toEqual([2 * reps[0]!, 3 * reps[1]!]);
    const [y, dx] = [(z: tf.Tensor) => tf.sum(tf.tile(z, reps)), tf.zeros([2, 3])];
    await expect(tf.grad(y)(x)).toBeAllClose(dx);
    await expect(tf.grad((z) => tf.add(y(z), tf.sum(tf.square(z))))(x)).toBeAllClose([2, 2, 2, 2, 2, 2]);
  }
});

test("tile of rank 5 has a gradient", async () => {
  const dx = tf.grad((x) => tf.tile(x, [1, 2, 1, 1, 3]))(tf.ones([1, 2, 1, 1, 2]));
  await expect(dx).toBeAllClose(tf.mul(tf.ones([1, 2, 1, 1, 2]), 6));
});

function ofSplit(x: tf.Tensor): tf.Tensor {
  const [first, second] = tf.split(x, [1, 2], 1);
  return tf.mul(first as tf.Tensor, second as tf.Tensor);
}

function mirrored(x: tf.Tensor, mode: "reflect" | "symmetric"): tf.Tensor {
  return tf.mirrorPad(
    x,
    [
      [1, 0],
      [1, 2],
    ],
    mode,
  );
}
