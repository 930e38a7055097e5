/** @file Gradients of elementwise operations of two inputs. */
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectGradients, type GradientCase } from "./check.ts";

/** A matrix and a row that broadcasts over it; all positive and apart from each other. */
const positive = () => [tf.add(wave([2, 3], 0.3), 2), tf.add(wave([3], 0.2, 1), 1)];
const anywhere = () => [wave([2, 3], 1.5, 0.2), wave([2, 1], 0.8, 0.9)];

const CASES: (GradientCase & { name: string })[] = [
  { name: "add", f: tf.add, at: anywhere },
  {
    name: "addN",
    f: (...xs) => tf.addN(xs),
    at: () => [wave([2, 2]), wave([2, 2], 1, 1), wave([2, 2], 1, 2)],
  },
  { name: "atan2", f: tf.atan2, at: positive },
  { name: "div", f: tf.div, at: positive },
  { name: "divNoNan", f: tf.divNoNan, at: positive },
  { name: "maximum", f: tf.maximum, at: () => [tf.tensor1d([1, 3, -2]), tf.scalar(2)] },
  { name: "minimum", f: tf.minimum, at: () => [tf.tensor1d([1, 3, -2]), tf.scalar(2)] },
  { name: "mod", f: tf.mod, at: () => [tf.tensor1d([3.4, -2.3, 5.3]), tf.tensor1d([1.5])] },
  { name: "mul", f: tf.mul, at: anywhere },
  { name: "pow", f: tf.pow, at: positive },
  { name: "squaredDifference", f: tf.squaredDifference, at: anywhere },
  { name: "sub", f: tf.sub, at: anywhere },
  {
    name: "where",
    f: (a, b) => tf.where(tf.tensor1d([1, 0, 1], "bool"), a, b),
    at: () => [wave([3]), wave([3], 1, 1)],
  },
];

describe("the gradients of both orders match finite differences", () => {
  test.each(CASES)("$name", async (gradientCase) => {
    await expectGradients(gradientCase);
  });
});

test("gradients of broadcast inputs have the inputs' shapes and sum what was repeated", async () => {
  const axes = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 3 }), a: fc.boolean(), b: fc.boolean() }),
    {
      maxLength: 3,
    },
  );
  const ranks = fc.tuple(fc.nat(2), fc.boolean());
  await fc.assert(
    fc.asyncProperty(axes, ranks, async (dims, [drop, isA]) => {
      const [aShape, bShape] = [
        dims.map(({ size, a }) => (a ? 1 : size)).slice(isA ? drop : 0),
        dims.map(({ size, b }) => (b ? 1 : size)).slice(isA ? 0 : drop),
      ];
      const [a, b] = [tf.add(wave(aShape), 3), tf.add(wave(bShape, 1, 1), 2)];
      const [da, db] = tf.grads((x, y) => tf.sub(x, y))([a, b]);
      const size = tf.util.sizeFromShape(tf.broadcast_util.assertAndGetBroadcastShape(aShape, bShape));
      await expect(da as tf.Tensor).toBeAllClose(tf.fill(aShape, size / a.size));
      await expect(db as tf.Tensor).toBeAllClose(tf.fill(bShape, -size / b.size));
    }),
    { numRuns: 12 },
  );
});

test("squaredDifference, maximum and minimum sum their gradients over broadcast axes", async () => {
  const a = tf.tensor2d([
    [1, 5],
    [4, 2],
  ]);
  const b = tf.tensor1d([3, 3]);
  const gradientOfB = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) => tf.grad((x) => f(a, x))(b);
  await expect(gradientOfB(tf.squaredDifference)).toBeAllClose([2, -2]);
  await expect(gradientOfB(tf.maximum)).toBeAllClose([1, 1]);
  await expect(gradientOfB(tf.minimum)).toBeAllClose([1, 1]);
});

test("maximum and minimum give each of two equal inputs half of the gradient", async () => {
  const [a, b] = [tf.tensor1d([1, 2, -Infinity]), tf.tensor1d([1, 1, -Infinity])];
  for (const [f, expected] of [
    [tf.maximum, [0.5, 1, 0.5]],
    [tf.minimum, [0.5, 0, 0.5]],
  ] as const) {
    const [da, db] = tf.grads((x, y) => f(x, y))([a, b]);
    await expect(da as tf.Tensor).toBeAllClose([...expected]);
    await expect(db as tf.Tensor).toBeAllClose(expected.map((share) => 1 - share));
  }
});

test("pow has finite gradients for a base of 0 and for negative bases", async () => {
  const base = tf.tensor1d([0, 0, 0, -2, -2]);
  const exponent = tf.tensor1d([0, 1, 2, 3, 0]);
  const [dBase, dExponent] = tf.grads((a, b) => tf.pow(a, b))([base, exponent]);
  await expect(dBase as tf.Tensor).toBeAllClose([0, 1, 0, 12, 0], { rtol: 1e-4 });
  await expect(dExponent as tf.Tensor).toBeAllClose([0, 0, 0, 0, 0]);
});

test("floorDiv is constant between its steps", async () => {
  const [da, db] = tf.grads((a, b) => tf.floorDiv(a, b))([tf.tensor1d([7.5, -3.2]), tf.scalar(2)]);
  await expect(da as tf.Tensor).toBeAllClose([0, 0]);
  await expect(db as tf.Tensor).toBeAllClose(tf.scalar(0));
});

test("an infinite gradient of what `where` has not taken does not reach the input", async () => {
  const isPositive = tf.tensor1d([0, 1], "bool");
  const x = tf.tensor1d([0, 4]);
  // The gradient of sqrt at 0 is infinite; its input there is the constant, not x.
  const safe = tf.grad((a) => tf.sqrt(tf.where(isPositive, a, tf.zerosLike(a))))(x);
  await expect(safe).toBeAllClose([0, 0.25]);
});

describe("through the operation that `where` has not taken, 0 times infinity is NaN as in JAX, never a number", () => {
  const SINGULAR: [string, (x: tf.Tensor) => tf.Tensor, at: number][] = [
    ["sqrt", tf.sqrt, 0],
    ["rsqrt", tf.rsqrt, 0],
    ["log", tf.log, 0],
    ["log1p", tf.log1p, -1],
    ["reciprocal", tf.reciprocal, 0],
    ["atanh", tf.atanh, 1],
    ["div", (x) => tf.div(1, x), 0],
  ];
  test.each(SINGULAR)("%s", async (_, f, at) => {
    const masked = (x: tf.Tensor) => tf.where(tf.tensor1d([0], "bool"), f(x), tf.zerosLike(x));
    const [slope] = await tf
      .grad(masked)(tf.tensor1d([at]))
      .data();
    expect(slope).toBeNaN();
  });
});
