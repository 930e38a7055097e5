import { jit } from "@nnx-js/jit";
import { beforeAll, expect, test } from "vitest";
import * as tf from "@tensorflow/tfjs-core";

const [B, I, J] = [8, 40, 30];
const tensorOf = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(i)),
    shape,
  );
let [x, y, w]: tf.Tensor[] = [];
beforeAll(() => {
  [x, y, w] = [
    [B, I, 1],
    [B, 1, J],
    [B, 1, 1],
  ].map(tensorOf);
});
const gradients = (a: tf.Tensor, b: tf.Tensor) => tf.mul(a, b);

/** The steps of a program, without its graph. */
const steps = (text: string) => text.slice(text.indexOf("program "));

test("the sum of many outer products is a product of matrices", () => {
  const sum = jit((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => tf.sum(tf.mul(gradients(a, b), c), 0));
  expect(steps(sum.lower(x!, y!, w!))).toMatch(/matmul 40x8x30/);
  const mean = jit((a: tf.Tensor, b: tf.Tensor) => tf.mean(gradients(a, b), 0));
  expect(steps(mean.lower(x!, y!))).toMatch(/matmul 40x8x30/);
  const flat = jit((a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    tf.matMul(tf.reshape(c, [1, B]), tf.reshape(gradients(a, b), [B, I * J])),
  );
  expect(steps(flat.lower(x!, y!, w!))).toMatch(/matmul 40x8x30/);
});

test("sums of squares of outer products are products of sums", () => {
  const norms = jit((a: tf.Tensor, b: tf.Tensor) =>
    tf.sum(tf.square(tf.reshape(gradients(a, b), [B, -1])), 1),
  );
  const text = steps(norms.lower(x!, y!));
  expect(text).toMatch(/reduce\[8 x 40\]/);
  expect(text).not.toMatch(/1200/);
});

test("a sum of products that is used twice is computed once", () => {
  const [a, b] = [tf.ones([B, 6, I]), tf.ones([B, 6, J])];
  const both = jit((left: tf.Tensor, right: tf.Tensor) => {
    const each = tf.matMul(left, right, true);
    return [tf.sum(tf.square(each), [1, 2]), tf.sum(each, 0)];
  });
  expect(steps(both.lower(a, b)).match(/matmul 8x 40x6x30/g)).toHaveLength(1);
  // Whatever the launch between: each use is one of the sum.
  const reshaped = jit((left: tf.Tensor, right: tf.Tensor) => {
    const each = tf.reshape(tf.matMul(left, right, true), [B * I, J]);
    return [tf.exp(each), tf.sum(each, 0), tf.sum(each, 1)];
  });
  expect(steps(reshaped.lower(a, b))).toMatch(/: 2 steps.*matmul 8x 40x6x30/s);
  const one = jit((left: tf.Tensor, right: tf.Tensor) => tf.sum(tf.matMul(left, right, true), 0));
  expect(steps(one.lower(a, b))).toMatch(/matmul 40x48x30/);
});

test("what is not finite stays so", () => {
  const norms = jit((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(gradients(a, b)), [1, 2]));
  const sum = jit((a: tf.Tensor, b: tf.Tensor) => tf.sum(gradients(a, b), 0));
  for (const odd of [NaN, Infinity, -Infinity]) {
    const left = tf.tensor(
      Array.from({ length: B * I }, (_, i) => (i === 3 ? odd : i % 7)),
      [B, I, 1],
    );
    const right = tf.tensor(
      Array.from({ length: B * J }, (_, i) => i % 5),
      [B, 1, J],
    );
    const found = [...norms(left, right).dataSync()];
    expect(found.map(Number.isFinite)).toEqual(found.map((_, i) => i > 0));
    expect([...sum(left, right).dataSync()]).toEqual([...tf.sum(tf.mul(left, right), 0).dataSync()]);
  }
  // Nothing but zeros has no largest number to be divided by.
  expect([...norms(tf.zeros([B, I, 1]), y!).dataSync()]).toEqual(Array(B).fill(0));
});

test.each([
  [1e22, 1, 1e22],
  [1e11, 1e11, 1e22],
  [1e-22, 1, 1e-22],
  [1, 1e19, 1e19],
])("squares of quotients of %d times %d by %d are in range", (left, right, divisor) => {
  for (const shape of [
    [B, 1, 1],
    [I, 1],
  ]) {
    const norms = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
      tf.sum(tf.square(tf.div(tf.mul(gradients(a, b), c), divisor)), [1, 2]);
    const divided = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
      tf.sum(tf.square(tf.div(gradients(a, b), c)), [1, 2]);
    const by = tf.add(tf.square(tensorOf(shape)), 0.5);
    const given = [tf.mul(x!, left), tf.mul(y!, right)] as const;
    const found = [
      [jit(divided)(...given, tf.mul(by, divisor)), divided(...given, tf.mul(by, divisor))],
      [jit(norms)(...given, by), norms(...given, by)],
    ] as const;
    for (const [compiled, eager] of found)
      expect(tf.max(tf.abs(tf.sub(tf.div(compiled, eager), 1))).dataSync()[0]).toBeLessThan(1e-5);
  }
});
