import { Rngs } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../../../../src/index.ts";

/** Compares what `fn` gives compiled, in so many launches, with what it gives eagerly on the same backend. */
async function expectSame(fn: (...args: tf.Tensor[]) => tf.Tensor, shapes: number[][], launches: number) {
  const args = shapes.map((shape, i) => new Rngs(i).normal(shape));
  const compiled = jit(fn, { target: "webgpu" });
  const [actual, expected] = [compiled(...args), fn(...args)];
  const [found, wanted] = [await actual.data(), await expected.data()];
  expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(2e-5);
  expect(compiled.lower(...args)).toMatch(new RegExp(`on webgpu: ${launches} launche?s?,`));
  compiled.dispose();
  tf.dispose([...args, actual, expected]);
}

test("heads are split, and put together again, as products are stored", async () => {
  await expectSame(
    (x, w, b) =>
      tf.transpose(tf.reshape(tf.add(tf.matMul(tf.reshape(x, [-1, 12]), w), b), [2, 5, 3, 4]), [0, 2, 1, 3]),
    [[2, 5, 12], [12, 12], [12]],
    1,
  );
  await expectSame(
    (a, b) => tf.relu(tf.reshape(tf.transpose(tf.matMul(a, b), [0, 2, 1, 3]), [2, 5, 12])),
    [
      [2, 3, 5, 5],
      [2, 3, 5, 4],
    ],
    1,
  );
});

test("attention of several heads is a product, a softmax in one launch, and a product", async () => {
  await expectSame(
    (q, k, v) => {
      const weights = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 0.5));
      return tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [2, 6, 12]);
    },
    [
      [2, 3, 6, 4],
      [2, 3, 6, 4],
      [2, 3, 6, 4],
    ],
    3,
  );
});

test("many reductions and products at once find the memory that workgroups have", async () => {
  const xs = Array.from({ length: 20 }, (_, i) => wave([192, 32], 1, i));
  const many = jit(
    (...xs: tf.Tensor[]) => [
      ...xs.map((x) => tf.sum(x, 0)),
      ...xs.map((x) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, true)),
    ],
    { target: "webgpu" },
  );
  const found = many(...xs);
  for (const [i, x] of xs.entries()) {
    const [sums, product] = await Promise.all([found[i]!.data(), found[i + 20]!.data()]);
    const elements = await x.data<"float32">();
    const exact = elements.reduce((sum, value, at) => (at % 32 === 5 ? sum + value : sum), 0);
    const square = elements.reduce((sum, value, at) => (at % 32 === 5 ? sum + value * value : sum), 0);
    expect(Math.abs(sums[5]! - exact)).toBeLessThan(1e-4);
    expect(Math.abs(product[5 * 33]! - square)).toBeLessThan(1e-3);
  }
  tf.dispose([...xs, ...found]);
  many.dispose();
});
