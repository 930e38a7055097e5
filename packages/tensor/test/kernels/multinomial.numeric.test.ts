/** @file Draws of categories: the same from one seed on every backend, rightly distributed, each row its own. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { computeOnDevice } from "./on-device.ts";

computeOnDevice();

const P = [0.1, 0.2, 0.3, 0.4];

// What TensorFlow.js draws on cpu.
test.each([
  [1, [2, 1, 2, 3, 1, 2, 0, 1, 2, 0, 1, 3]],
  [42, [3, 2, 3, 1, 2, 3, 0, 3, 3, 2, 2, 2]],
  [0.5, [0, 2, 1, 0, 0, 0, 0, 2, 3, 2, 3, 3]],
])("from the seed %d as TensorFlow.js on cpu", async (seed, expected) => {
  const ofProbabilities = tf.multinomial(tf.tensor1d(P), 12, seed, true);
  expect([...(await ofProbabilities.data())]).toEqual(expected);
  const ofLogits = tf.multinomial(tf.tensor1d(P.map(Math.log)), 12, seed);
  expect([...(await ofLogits.data())]).toEqual(expected);
});

test("each row as often as its probabilities say, and no row as another", async () => {
  const rows = [P, P, [0.5, 0, 0, 0.5]];
  const count = 4000;
  const drawn = await (tf.multinomial(tf.tensor2d(rows), count, 7, true) as tf.Tensor2D).array();
  for (const [row, probabilities] of rows.entries()) {
    for (const [category, p] of probabilities.entries()) {
      const share = drawn[row]!.filter((each) => each === category).length / count;
      // Four standard deviations.
      expect(Math.abs(share - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / count));
    }
  }
  const alike = drawn[0]!.filter((each, i) => each === drawn[1]![i]).length / count;
  expect(alike).toBeLessThan(0.35);
});

test("the first sample is not always the first category", async () => {
  const firsts = Array.from({ length: 20 }, (_, i) => tf.multinomial(tf.tensor1d(P), 1, i + 1, true));
  const values = await Promise.all(firsts.map(async (each) => (await each.data())[0]!));
  expect(new Set(values).size).toBeGreaterThan(2);
});

test("of no samples", () => {
  expect(tf.multinomial(tf.tensor1d(P), 0, 3, true).shape).toEqual([0]);
});
