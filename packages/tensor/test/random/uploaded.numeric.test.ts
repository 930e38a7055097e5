/** @file On webgl, words that a texture has rounded are refused rather than used. */
import { random, UploadedWordsError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, inject, test } from "vitest";

test.runIf(inject("backend") === "webgl")("a key that an operation moved to a texture is refused", () => {
  const keys = random.split(random.key(0), 200);
  // Reads more elements than webgl handles on the CPU side.
  tf.neg(keys);
  expect(() => random.take(keys, 0)).toThrow(UploadedWordsError);
});
