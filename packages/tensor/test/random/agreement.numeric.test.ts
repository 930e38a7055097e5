/** @file Large draws with many parameters are the same on every backend. */
import { random } from "@nnx-js/tensor";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, inject, test } from "vitest";

const SHAPE = [3, 10_007];
const EXACT = { rtol: 0, atol: 0 };
const ULP = { rtol: 2 ** -23, atol: 0 };
const CLOSE = { rtol: 2e-6, atol: 1e-6 };

const bounds = [
  [-1, 1],
  [0, 3.7],
  [-0.3, 0.7],
  [1000, 1000.001],
  [-1000, -999],
  [-1e-6, 1e6],
  [1e-12, 1e12],
  [-1e12, 1e-12],
  [1e20, 1.0000001e20],
  [-1e30, 1e-3],
  [3e-30, 4e-30],
  [-2, 0],
  [-0.1, 0.30000001],
] as const;

type Draw = (key: tf.Tensor) => tf.Tensor;
const draws: [string, Draw, typeof EXACT][] = [
  ["bits", (key) => random.bits(key, SHAPE), EXACT],
  ["uniform", (key) => random.uniform(key, SHAPE), EXACT],
  ...bounds.map(([low, high]): [string, Draw, typeof EXACT] => [
    `uniform ${low} ${high}`,
    (key) => random.uniform(key, SHAPE, low, high),
    ULP,
  ]),
  ["normal", (key) => random.normal(key, SHAPE), CLOSE],
  ...[
    [-2, 2],
    [-1, 0.5],
    [-5, 5],
    [0, Infinity],
    [3, 4],
    [-Infinity, -1.5],
  ].map(([low = 0, high = 0]): [string, Draw, typeof EXACT] => [
    `truncatedNormal ${low} ${high}`,
    (key) => random.truncatedNormal(key, low, high, SHAPE),
    CLOSE,
  ]),
  ["bernoulli 0", (key) => random.bernoulli(key, 0, SHAPE), EXACT],
  ["bernoulli 0.37", (key) => random.bernoulli(key, 0.37, SHAPE), EXACT],
  ["bernoulli 1", (key) => random.bernoulli(key, 1, SHAPE), EXACT],
  ["randint small", (key) => random.randint(key, SHAPE, -3, 4), EXACT],
  ["randint large", (key) => random.randint(key, SHAPE, -2_000_000_000, 2_000_000_000), EXACT],
  ["randint all", (key) => random.randint(key, SHAPE, -(2 ** 31), 2 ** 31), EXACT],
  ["randint 16 bits", (key) => random.randint(key, SHAPE, 0, 65_537), EXACT],
  ["gumbel", (key) => random.gumbel(key, SHAPE), CLOSE],
  ["exponential", (key) => random.exponential(key, SHAPE), CLOSE],
  ["laplace", (key) => random.laplace(key, SHAPE), CLOSE],
  ["logistic", (key) => random.logistic(key, SHAPE), CLOSE],
];

afterEach(() => tf.setBackend(inject("backend")));

test.each(draws)("%s agrees with the cpu backend", async (_, draw, tolerance) => {
  const actual = draw(random.take(random.split(random.key(2024), 1), 0));
  const values = await actual.data();
  await tf.setBackend("cpu");
  const expected = draw(random.foldIn(random.key(2024), 0));
  expect(actual.shape).toEqual(SHAPE);
  await expect(tf.tensor(values, SHAPE, expected.dtype)).toBeAllClose(expected, tolerance);
});
