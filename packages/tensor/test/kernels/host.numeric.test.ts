/** @file Kernels that run in JavaScript read and make the tensors of their backend properly. */
import { linearCombination, random, UploadedWordsError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, inject, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.runIf(inject("backend") === "webgl")("a kernel that refuses its input leaves no output behind", () => {
  const keys = random.split(random.key(0), 200);
  // Reads more elements than webgl handles on the CPU side.
  tf.neg(keys);
  const before = tf.engine().backend.numDataIds();
  expect(() => random.take(keys, 0)).toThrow(UploadedWordsError);
  expect(tf.engine().backend.numDataIds()).toBe(before);
});

test.runIf(inject("backend") === "wasm")(
  "inputs can be read when the output makes the heap grow",
  async () => {
    const x = tf.ones([4000]);
    // 160 MB in all: the heap grows several times, on some of these calls.
    const sums = Array.from({ length: 10_000 }, () => linearCombination(1, x, 1, x));
    const lasts = await Promise.all(sums.map(async (sum) => (await sum.data()).at(-1)));
    expect(new Set(lasts)).toEqual(new Set([2]));
  },
);
