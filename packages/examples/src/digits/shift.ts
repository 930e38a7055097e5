/** @file Makes more of few pictures: a digit moved by a pixel is the same digit. */
import * as tf from "@tensorflow/tfjs-core";
import { PIXELS, SIDE } from "./split.ts";

/**
 * All pictures of a batch, moved the same way. Ink that leaves the picture is gone, and paper comes in.
 *
 * @param images [n, 784]
 * @param down pixels: -1, 0 or 1
 * @param right pixels: -1, 0 or 1
 */
export function shift(images: tf.Tensor2D, down: number, right: number): tf.Tensor2D {
  return tf.tidy(() => {
    const framed = tf.pad(tf.reshape(images, [-1, SIDE, SIDE]), [[0, 0], FRAME, FRAME]);
    const moved = tf.slice(framed, [0, 1 - down, 1 - right], [-1, SIDE, SIDE]);
    return tf.reshape(moved, [-1, PIXELS]);
  });
}

/** One pixel of paper on either side. */
const FRAME: [number, number] = [1, 1];
