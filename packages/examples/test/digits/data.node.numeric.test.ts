/** @file The digits and their split. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadDigits } from "../../src/digits/data.ts";
import { type DigitsSplit, PIXELS } from "../../src/digits/split.ts";

/** One string a picture: its label and the ink of each pixel. */
async function fingerprints({ images, labels }: DigitsSplit["train"]): Promise<string[]> {
  const [pixels, digits] = [await images.data(), await labels.data()];
  return Array.from(digits, (digit, i) => `${digit}:${pixels.slice(i * PIXELS, (i + 1) * PIXELS).join()}`);
}

let split: DigitsSplit;
beforeAll(async () => {
  split = await loadDigits({ train: 9000, test: 1000, seed: 0 });
});
afterAll(() => tf.dispose(split));

describe("loadDigits", () => {
  test("images are float32 between 0 and 1, labels the integers 0 to 9", async () => {
    const { images, labels } = split.train;
    expect([images.shape, images.dtype]).toEqual([[9000, 784], "float32"]);
    expect([labels.shape, labels.dtype]).toEqual([[9000], "int32"]);
    const pixels = await images.data();
    expect(pixels.every((ink) => ink >= 0 && ink <= 1)).toBe(true);
    expect(new Set(await labels.data())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  test("both parts together hold each of the 10 000 digits once", async () => {
    const all = [...(await fingerprints(split.train)), ...(await fingerprints(split.test))];
    expect(all).toHaveLength(10_000);
    // The package itself has a few pictures twice.
    expect(new Set(all).size).toBeGreaterThan(9_990);
  });

  test("every digit is held back about as often as it occurs", async () => {
    const counts = Array<number>(10).fill(0);
    for (const digit of await split.test.labels.data()) counts[digit]!++;
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(150);
  });

  test("the same seed gives the same split, another seed another one, and nothing leaks", async () => {
    const before = tf.memory().numTensors;
    const sizes = { train: 50, test: 20 };
    const [a, b, c] = [
      await loadDigits({ ...sizes, seed: 1 }),
      await loadDigits({ ...sizes, seed: 1 }),
      await loadDigits({ ...sizes, seed: 2 }),
    ];
    expect(await fingerprints(a.train)).toEqual(await fingerprints(b.train));
    expect(await fingerprints(a.test)).toEqual(await fingerprints(b.test));
    expect(await fingerprints(a.train)).not.toEqual(await fingerprints(c.train));
    tf.dispose([a, b, c]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("more digits than there are is an error that leaves nothing behind", async () => {
    const before = tf.memory().numTensors;
    await expect(loadDigits({ train: 9500, test: 501, seed: 0 })).rejects.toThrow(
      "splitDigits: expected at most 10000 digits in all, got 9500 to train and 501 to test.",
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
