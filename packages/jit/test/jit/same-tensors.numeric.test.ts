/** @file A tensor that a call is given again need not be copied again: whatever else is given in between, values are right. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const twice = (x: tf.Tensor) => tf.add(x, x);

async function valuesOf(y: tf.Tensor): Promise<number[]> {
  const values = Array.from(await y.data());
  y.dispose();
  return values;
}

test("tensors by turns, and one with the data of another", async () => {
  using f = jit(twice);
  const [a, b] = [tf.tensor([1, 2]), tf.tensor([3, 4])];
  for (const [x, expected] of [
    [a, [2, 4]],
    [a, [2, 4]],
    [b, [6, 8]],
    [a, [2, 4]],
    [a.clone(), [2, 4]],
    [tf.reshape(b, [2]), [6, 8]],
  ] as const)
    expect(await valuesOf(f(x))).toEqual(expected);
});

test("a new tensor where one was that is disposed of", async () => {
  using f = jit(twice);
  for (let i = 0; i < 5; i++) {
    const x = tf.tensor([i, i]);
    expect(await valuesOf(f(x))).toEqual([2 * i, 2 * i]);
    x.dispose();
  }
});

test("two arguments that change places", async () => {
  using f = jit((x: tf.Tensor, y: tf.Tensor) => tf.sub(x, y));
  const [a, b] = [tf.tensor([5, 7]), tf.tensor([1, 2])];
  expect(await valuesOf(f(a, b))).toEqual([4, 5]);
  expect(await valuesOf(f(b, a))).toEqual([-4, -5]);
  expect(await valuesOf(f(a, a))).toEqual([0, 0]);
});

test("a tf.Variable between assignments", async () => {
  const variable = tf.variable(tf.tensor([1, 2]));
  using f = jit((x: tf.Tensor) => tf.mul(x, variable));
  const x = tf.tensor([3, 5]);
  expect(await valuesOf(f(x))).toEqual([3, 10]);
  expect(await valuesOf(f(x))).toEqual([3, 10]);
  variable.assign(tf.tensor([2, 4]));
  expect(await valuesOf(f(x))).toEqual([6, 20]);
  variable.dispose();
});

test("an array that somebody writes counts where the backend does not copy it", async ({ skip }) => {
  skip(tf.getBackend() !== "cpu", "other backends copy it, sooner or later");
  using f = jit(twice);
  const array = Float32Array.of(1, 2);
  const x = tf.tensor(array);
  await f(x).data();
  array[0] = 10;
  expect(await valuesOf(f(x))).toEqual([20, 4]);
});
