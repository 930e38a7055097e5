/** @file Batches for training: every picture once a pass, in random order, a little moved. */
import { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trainingBatches } from "../../src/digits/batches.ts";
import { type Digits, PIXELS, SIDE } from "../../src/digits/split.ts";
import { shift } from "../../src/digits/shift.ts";

const SIZE = 50;

/** Fifty pictures with a dot each, the dot of picture i in row 10 and as dark as i + 1; its label is i % 10. */
function dots(): Digits {
  const images = new Float32Array(SIZE * PIXELS);
  for (let i = 0; i < SIZE; i++) images[i * PIXELS + 10 * SIDE + 12] = i + 1;
  const labels = Int32Array.from({ length: SIZE }, (_, i) => i % 10);
  return { images: tf.tensor2d(images, [SIZE, PIXELS]), labels: tf.tensor1d(labels, "int32") };
}

let digits: Digits;
beforeAll(() => {
  digits = dots();
});
afterAll(() => tf.dispose(digits));

/** For each picture of a batch: which one it is, and by how many rows and columns it has moved. */
async function recognise({ images, labels }: Digits) {
  const [ink, answers] = [await images.data(), await labels.data()];
  const found = [...ink.entries()].filter(([, value]) => value !== 0);
  return found.map(([index, value], i) => {
    const pixel = index % PIXELS;
    const move = [Math.floor(pixel / SIDE) - 10, (pixel % SIDE) - 12].join();
    return { picture: value - 1, label: answers[i], move };
  });
}

async function pass(rngs: Rngs, batchSize = 5) {
  const batches = [];
  using data = trainingBatches(digits, { batchSize, rngs });
  for await (const batch of data) batches.push(await recognise(batch));
  return batches;
}

test("a pass visits each picture once, with its label, and the next one has another order", async () => {
  using rngs = new Rngs(0);
  const [first, second] = [(await pass(rngs)).flat(), (await pass(rngs)).flat()];
  for (const pictures of [first, second]) {
    expect(new Set(pictures.map(({ picture }) => picture)).size).toBe(SIZE);
    expect(pictures.every(({ picture, label }) => label === picture % 10)).toBe(true);
  }
  expect(first.map(({ picture }) => picture)).not.toEqual(second.map(({ picture }) => picture));
});

test("the pictures of a batch move together, and all nine directions occur", async () => {
  using rngs = new Rngs(0);
  const moves: string[] = [];
  for (let i = 0; i < 8; i++) {
    for (const batch of await pass(rngs)) {
      expect(new Set(batch.map(({ move }) => move)).size).toBe(1);
      moves.push(batch[0]!.move);
    }
  }
  const directions = ["-1,-1", "-1,0", "-1,1", "0,-1", "0,0", "0,1", "1,-1", "1,0", "1,1"];
  expect([...new Set(moves)].sort()).toEqual(directions);
});

test("the same seed gives the same batches", async () => {
  using first = new Rngs(3);
  using second = new Rngs(3);
  expect(await pass(first)).toEqual(await pass(second));
});

test("what does not fill a batch is left out, and a pass cut short frees everything", async () => {
  using rngs = new Rngs(0);
  const before = tf.memory().numTensors;
  expect(await pass(rngs, 20)).toHaveLength(2);
  expect(tf.memory().numTensors).toBe(before);
  {
    using data = trainingBatches(digits, { batchSize: 20, rngs });
    for await (const _batch of data) break;
  }
  expect(tf.memory().numTensors).toBe(before);
});

test("ink that leaves the picture is gone, and paper comes in", async () => {
  using corner = tf.tidy(() => tf.oneHot(tf.tensor1d([0], "int32"), PIXELS) as tf.Tensor2D);
  using gone = shift(corner, -1, 0);
  using kept = shift(corner, 0, 1);
  await expect(gone).toBeAllClose(Array<number>(PIXELS).fill(0));
  expect((await kept.data()).indexOf(1)).toBe(1);
});
