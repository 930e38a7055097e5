/** @file Moving pictures by a pixel. */
import { Rngs } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { PIXELS, SIDE } from "../../src/digits/data.ts";
import { shift } from "../../src/digits/shift.ts";

/** A batch whose pictures have ink in one pixel each. */
function dots(...pixels: [row: number, column: number][]): tf.Tensor2D {
  const images = new Float32Array(pixels.length * PIXELS);
  for (const [i, [row, column]] of pixels.entries()) images[i * PIXELS + row * SIDE + column] = 1;
  return tf.tensor2d(images, [pixels.length, PIXELS]);
}

/** Where the ink of the only inked pixel of each picture is. */
async function inked(images: tf.Tensor2D): Promise<[row: number, column: number][]> {
  const ink = await images.data();
  const found = [...ink.entries()].filter(([, value]) => value !== 0).map(([index]) => index % PIXELS);
  return found.map((pixel) => [Math.floor(pixel / SIDE), pixel % SIDE]);
}

test("all pictures of a batch move by the same pixel or none, and all nine directions occur", async () => {
  using rngs = new Rngs(0);
  using images = dots([10, 12], [20, 5]);
  const directions = new Set<string>();
  for (let i = 0; i < 60; i++) {
    using moved = shift(images, rngs);
    const [[row, column] = [NaN, NaN], second] = await inked(moved);
    const [down, right] = [row - 10, column - 12];
    expect(second).toEqual([20 + down, 5 + right]);
    directions.add(`${down},${right}`);
  }
  expect([...directions].sort()).toEqual([
    "-1,-1",
    "-1,0",
    "-1,1",
    "0,-1",
    "0,0",
    "0,1",
    "1,-1",
    "1,0",
    "1,1",
  ]);
});

test("ink that leaves the picture is gone, and paper comes in", async () => {
  using rngs = new Rngs(0);
  using images = dots([0, 0]);
  const sums = new Set<number>();
  for (let i = 0; i < 20; i++) {
    using moved = shift(images, rngs);
    using sum = tf.sum(moved);
    expect(moved.shape).toEqual([1, PIXELS]);
    sums.add((await sum.data())[0]!);
  }
  expect(sums).toEqual(new Set([0, 1]));
});

test("nothing is left behind", async () => {
  using rngs = new Rngs(0);
  using images = dots([3, 3]);
  await expectNoLeak(() => shift(images, rngs).dispose());
});
