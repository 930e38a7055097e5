/** @file Grey-scale dilation and its gradients. */
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradients } from "./check.ts";

/** Numbers below 0, and so far apart that the largest sum stays the largest within a finite difference. */
function apart(shape: number[], step: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => ((i * 37) % 101) * step - 30),
    shape,
  );
}

const image = () => apart([2, 5, 4, 2], 0.25);
const filter = () => apart([2, 3, 2], 0.031);

type Strides = [number, number] | number;

const dilated =
  (strides: Strides, pad: "same" | "valid", dilations: Strides = 1) =>
  (x: tf.Tensor, f: tf.Tensor): tf.Tensor =>
    tf.dilation2d(x as tf.Tensor4D, f as tf.Tensor3D, strides, pad, dilations);

// Few, for each takes webgl several seconds.
const CASES: [string, ReturnType<typeof dilated>][] = [
  ["valid, strided along one axis", dilated([2, 1], "valid")],
  ["same, with larger strides than the filter", dilated(3, "same")],
  ["same, the filter dilated", dilated(1, "same", [2, 1])],
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("%s", async (_, f) => {
    await expectGradients({
      f,
      at: () => [image(), filter()],
    });
  });
});

test("each output is the largest sum of its window, though all be negative and padding beside them", async () => {
  const x = tf.tensor4d([-5, -3, -8, -6], [1, 2, 2, 1]);
  const f = tf.tensor3d([-1, -4, 0, -2], [2, 2, 1]);
  await expect(tf.dilation2d(x, f, 1, "same")).toBeAllClose([-6, -4, -9, -7]);
});

test("of equal sums, the first gets the gradient", async () => {
  const x = tf.zeros<tf.Rank.R4>([1, 2, 4, 1]);
  const f = tf.zeros<tf.Rank.R3>([2, 2, 1]);
  const [dx, df] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
    tf.dilation2d(a as tf.Tensor4D, b as tf.Tensor3D, 2, "valid"),
  )([x, f]) as [tf.Tensor, tf.Tensor];
  await expect(dx).toBeAllClose([1, 0, 1, 0, 0, 0, 0, 0]);
  await expect(df).toBeAllClose([2, 0, 0, 0]);
});

test("dilation leaves nothing behind, forwards and backwards", async () => {
  const [x, f] = [wave([1, 4, 4, 2]), wave([2, 2, 2])];
  const loss = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(dilated(1, "same")(a, b)));
  await expectNoLeak(() => tf.dispose(tf.grads(loss)([x, f])));
});
