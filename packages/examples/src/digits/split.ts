/** @file Handwritten digits as tensors, and how they are divided. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";

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
 * Shuffles the digits and cuts off a training part and a test part. The caller disposes of both; `all` stays as it is.
 *
 * @throws RangeError if there are fewer digits than the two parts need
 */
export function splitDigits(all: Digits, { train, test, seed }: SplitOptions): DigitsSplit {
  const size = all.labels.size;
  if (train + test > size) {
    throw new RangeError(
      `splitDigits: expected at most ${size} digits in all, got ${train} to train and ${test} to test.`,
    );
  }
  return tf.tidy(() => {
    const order = random.permutation(random.key(seed), size);
    const part = (begin: number, count: number) => takeDigits(all, tf.slice(order, begin, count));
    return { train: part(0, train), test: part(train, test) };
  });
}

/** The digits at `rows`, in that order. */
export function takeDigits({ images, labels }: Digits, rows: tf.Tensor1D): Digits {
  return { images: tf.gather(images, rows), labels: tf.gather(labels, rows) };
}
