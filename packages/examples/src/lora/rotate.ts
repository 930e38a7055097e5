/** @file Digits that the classifier has never seen: turned by a quarter. */
import * as tf from "@tensorflow/tfjs-core";
import { type Digits, type DigitsSplit, PIXELS, SIDE } from "../digits/split.ts";

/** Both parts with every picture turned a quarter clockwise; the labels are the caller's own. */
export function rotateDigits({ train, test }: DigitsSplit): DigitsSplit {
  return { train: rotated(train), test: rotated(test) };
}

function rotated({ images, labels }: Digits): Digits {
  return { images: rotate(images), labels };
}

/**
 * All pictures of a batch, turned a quarter clockwise.
 *
 * @param images [n, 784]
 */
export function rotate(images: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const columns = tf.transpose(tf.reshape(images, [-1, SIDE, SIDE]), [0, 2, 1]);
    return tf.reshape(tf.reverse(columns, 2), [-1, PIXELS]);
  });
}
