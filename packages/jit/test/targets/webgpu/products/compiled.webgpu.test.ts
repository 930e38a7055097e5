import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../../../src/index.ts";
import { randomFloats } from "./floats.ts";

function tensor(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(randomFloats(tf.util.sizeFromShape(shape), seed), shape);
}

/** Compares what `fn` gives compiled, in so many launches, with what it gives eagerly on the same backend. */
async function expectSame(
  fn: (...args: tf.Tensor[]) => tf.Tensor,
  args: tf.Tensor[],
  launches: number,
): Promise<void> {
  const compiled = jit(fn, { target: "webgpu" });
  const [actual, expected] = [compiled(...args), fn(...args)];
  const [found, wanted] = [await actual.data<"float32">(), await expected.data<"float32">()];
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0);
  expect(worst / scale).toBeLessThan(1e-5);
  expect(compiled.lower(...args)).toContain(`on webgpu: ${launches} launch${launches === 1 ? "" : "es"},`);
  compiled.dispose();
  tf.dispose([...args, actual, expected]);
}

test("a dense layer with its bias and activation is one launch", async () => {
  await expectSame(
    (x, w, b) => tf.relu(tf.add(tf.matMul(x, w), b)),
    [tensor([40, 30], 3), tensor([30, 20], 5), tensor([20], 7)],
    1,
  );
});

test("so is a convolution", async () => {
  await expectSame(
    (x, filter, b) => tf.tanh(tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, "same"), b)),
    [tensor([2, 9, 8, 3], 3), tensor([3, 3, 3, 5], 5), tensor([5], 7)],
    1,
  );
});

test("parts of one buffer are operands where they lie", async () => {
  await expectSame(
    (x) => tf.matMul(tf.slice(x, [0, 3], [5, 20]), tf.slice(x, [2, 30], [20, 7])),
    [tensor([30, 40], 3)],
    1,
  );
});

test("a product computes its operand from what was read", async () => {
  // Large enough that the launch is not all that counts.
  await expectSame(
    (x, scale, w) => tf.matMul(tf.mul(tf.relu(x), scale), w),
    [tensor([130, 150], 3), tensor([150], 5), tensor([150, 140], 7)],
    1,
  );
  await expectSame(
    (x, w) => tf.matMul(x, tf.sub(w, 3), false, true),
    [tensor([2, 300], 3), tensor([500, 300], 5)],
    1,
  );
  await expectSame(
    (x, filter) => tf.conv2d(tf.square(x) as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    [tensor([2, 9, 8, 13], 3), tensor([3, 3, 13, 15], 5)],
    1,
  );
});

test("an operand that others need, too, is computed by each of them, or once where it costs much", async () => {
  const withSum = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor, w: tf.Tensor) =>
    tf.add(tf.matMul(f(x), w), tf.sum(f(x), 1, true));
  await expectSame(
    withSum((x) => tf.add(tf.square(tf.relu(x)), 0.5)),
    [tensor([60, 50], 3), tensor([50, 40], 5)],
    2,
  );
  await expectSame(
    withSum((x) => tf.tanh(tf.exp(tf.tanh(x)))),
    [tensor([60, 50], 3), tensor([50, 40], 5)],
    3,
  );
  await expectSame(
    (x, w) => tf.matMul(tf.sqrt(tf.sqrt(tf.abs(x))), w),
    [tensor([300, 270], 3), tensor([270, 280], 7)],
    2,
  );
});
