/** @file Random functions refuse what they cannot use, and say what to write instead. */
import { random, RandomArgumentError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

let key: tf.Tensor;
beforeAll(() => {
  key = random.key(0);
});

describe.each<[string, () => unknown]>([
  ["a fractional seed", () => random.key(0.5)],
  ["a seed beyond safe integers", () => random.key(2 ** 60)],
  ["a float32 key", () => random.normal(tf.tensor1d([0, 0]), [2])],
  ["several keys for one", () => random.normal(random.split(key), [2])],
  ["a negative length", () => random.uniform(key, [2, -1])],
  ["a fractional length", () => random.bits(key, [1.5])],
  ["bounds in the wrong order", () => random.uniform(key, [2], 1, 0)],
  [
    "bounds further apart than float32 reaches",
    () => random.uniform(key, [2], { minval: -3e38, maxval: 3e38 }),
  ],
  ["NaN as a bound", () => random.truncatedNormal(key, NaN, 2, [2])],
  ["a probability above 1", () => random.bernoulli(key, 1.1, [2])],
  ["NaN as a probability", () => random.bernoulli(key, NaN, [2])],
  ["fractional bounds of integers", () => random.randint(key, [2], 0, 2.5)],
  ["integers from an empty range", () => random.randint(key, [2], 3, 3)],
  ["integers beyond int32", () => random.randint(key, [2], 0, 2 ** 31 + 1)],
  ["a permutation of a negative number", () => random.permutation(key, -1)],
  ["a permutation of an integer matrix", () => random.permutation(key, tf.zeros([2, 2], "int32"))],
  ["a permutation of a scalar", () => random.permutation(key, tf.scalar(1))],
  ["a choice of more than there is", () => random.choice(key, 3, [2, 2], { replace: false })],
  ["a choice from integers", () => random.choice(key, tf.zeros([2], "int32"))],
  ["a choice from nothing", () => random.choice(key, 0)],
  ["integer logits", () => random.categorical(key, tf.zeros([2], "int32"))],
  ["an axis that the logits do not have", () => random.categorical(key, tf.zeros([2]), 1)],
  ["a row of keys that is not there", () => random.take(random.split(key), 2)],
  ["a fractional number of keys", () => random.split(key, 1.5)],
  ["a float32 number to fold in", () => random.foldIn(key, tf.scalar(1))],
  ["33 bits to fold in", () => random.foldIn(key, 2 ** 32)],
  ["a float32 count", () => random.increment(tf.scalar(1))],
])("%s", (_, call) => {
  test("is refused", () => expect(call).toThrow(RandomArgumentError));
});

test("the error says what was expected, what was found and what to write", () => {
  expect(() => random.normal(random.split(key), [2])).toThrowErrorMatchingInlineSnapshot(`
    [RandomArgumentError: random.normal: key: expected a key, an int32 tensor [2], found int32 tensor [2, 2].
    These are several keys: take one with random.take(keys, i).]
  `);
  expect(() => random.key(0.5)).toThrowErrorMatchingInlineSnapshot(`
    [RandomArgumentError: random.key: seed: expected an integer, found 0.5.
    For instance random.key(42).]
  `);
});

test("truncatedNormal stays strictly between its bounds", async () => {
  const values = await random.truncatedNormal(key, -0.001, 0.002, [20_000]).data();
  expect(Math.min(...values)).toBeGreaterThan(Math.fround(-0.001));
  expect(Math.max(...values)).toBeLessThan(Math.fround(0.002));
});
