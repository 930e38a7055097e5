import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectGradients } from "../gradients/check.ts";

test.each([5, 6])("%i axes are padded as four are", async (rank) => {
  const x = tf.reshape(tf.tensor1d([1, 2, 3, 4]), [2, ...Array<number>(rank - 2).fill(1), 2]);
  const paddings = x.shape.map((_, axis) => (axis === 0 ? [1, 0] : axis === rank - 1 ? [0, 1] : [0, 0]));
  const y = tf.pad(x, paddings as [number, number][], 7);
  expect(y.shape).toEqual([3, ...Array<number>(rank - 2).fill(1), 3]);
  await expect(y).toBeAllClose([7, 7, 7, 1, 2, 7, 3, 4, 7]);
});

test("a part of a tensor with five axes has gradients of both orders", async () => {
  await expectGradients({
    f: (x) => tf.slice(x, [0, 1, 0, 1, 0], [-1, 2, -1, 1, 1]),
    at: () => [wave([1, 3, 2, 2, 2])],
  });
});
