/** @file On webgl, words that a texture has rounded are refused rather than used. */
import { integerPower, random, UploadedWordsError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";

const onWebgl = inject("backend") === "webgl";

test.runIf(onWebgl)("a key that an operation moved to a texture is refused", () => {
  const keys = random.split(random.key(0), 200);
  // Reads more elements than webgl handles on the CPU side.
  tf.neg(keys);
  expect(() => random.take(keys, 0)).toThrow(UploadedWordsError);
});

test.runIf(onWebgl)(
  "a count that an operation moved to a texture counts on there, and serves as an exponent",
  async () => {
    const count = tf.sum(tf.ones([200, 5], "int32"));
    expect(Array.from(await random.increment(random.increment(count)).data())).toEqual([1002]);
    expect(random.increment(count).dtype).toBe("int32");
    await expect(integerPower(0.999, count)).toBeAllClose([Math.fround(0.999) ** 1000], {
      rtol: 1e-6,
      atol: 0,
    });
    await expect(integerPower(0.999, tf.neg(count))).toBeAllClose([Math.fround(0.999) ** -1000], {
      rtol: 1e-6,
      atol: 0,
    });
  },
);
