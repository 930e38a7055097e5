/** @file Random numbers in lanes are those that each lane would draw alone, bit for bit. */
import { jit } from "@nnx-js/jit";
import { vmap } from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const SHAPE = [3, 5];

const DRAWS: Record<string, (key: tf.Tensor) => tf.Tensor> = {
  split: (key) => random.split(key, 3),
  take: (key) => random.take(random.split(key, 3), 1),
  bits: (key) => random.bits(key, SHAPE),
  uniform: (key) => random.uniform(key, SHAPE, -1, 2),
  normal: (key) => random.normal(key, SHAPE),
  truncatedNormal: (key) => random.truncatedNormal(key, -1, 2, SHAPE),
  bernoulli: (key) => random.bernoulli(key, 0.3, SHAPE),
  randint: (key) => random.randint(key, SHAPE, -5, 1000),
  gumbel: (key) => random.gumbel(key, SHAPE),
  scalar: (key) => random.uniform(key, []),
  nothing: (key) => random.uniform(key, [0, 2]),
  "a split in a split": (key) =>
    vmap((own: tf.Tensor) => random.normal(random.take(random.split(own, 2), 1), [3]))(random.split(key, 4)),
};

const LANES = 3;

test.each(Object.entries(DRAWS))("%s", async (_name, draw) => {
  const keys = random.split(random.key(7), LANES);
  const alone = await Promise.all(Array.from({ length: LANES }, (_, i) => draw(random.take(keys, i)).data()));
  const expected = alone.flatMap((values) => Array.from(values));
  const inLanes = vmap(draw);
  const eager = inLanes(keys);
  expect(Array.from(await eager.data())).toEqual(expected);
  using compiled = jit(inLanes);
  expect(compiled.lower(keys)).not.toContain("lane by lane");
  const found = compiled(keys);
  expect(found.shape).toEqual(eager.shape);
  const values = Array.from(await found.data());
  // Compiled logarithms and their like are rounded otherwise; what is exact is the same.
  expect(values).toHaveLength(expected.length);
  const off = values.findIndex((value, i) => Math.abs(value - expected[i]!) > 2e-6 * Math.abs(expected[i]!));
  expect(off).toBe(-1);
});
