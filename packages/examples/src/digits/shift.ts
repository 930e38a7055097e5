/** @file Makes more of few pictures: a digit moved by a pixel is the same digit. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { PIXELS, SIDE } from "./data.ts";

/**
 * The pictures of a batch, moved by up to one pixel each way, all in the same random direction.
 * The random numbers stay on the device: they are used as indices and never read.
 *
 * @param images [n, 784]
 * @param rngs gives the direction; every call draws two keys
 */
export function shift(images: tf.Tensor2D, rngs: Rngs): tf.Tensor2D {
  return tf.tidy(() => {
    const framed = tf.pad(tf.reshape(images, [-1, SIDE, SIDE]), [[0, 0], FRAME, FRAME]);
    const rows = tf.gather(framed, startingAnywhere(rngs), 1);
    return tf.reshape(tf.gather(rows, startingAnywhere(rngs), 2), [-1, PIXELS]);
  });
}

/** The indices of 28 neighbours out of 30. */
function startingAnywhere(rngs: Rngs): tf.Tensor1D {
  return tf.add(tf.range(0, SIDE, 1, "int32"), rngs.randint([], 0, 3));
}

/** One pixel of paper on either side. */
const FRAME: [number, number] = [1, 1];
