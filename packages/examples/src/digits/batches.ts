/** @file Batches of the training data, in a new order and a little moved every time. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Digits, takeDigits } from "./data.ts";
import { shift } from "./shift.ts";

/**
 * One pass over the digits in random order, each batch moved by up to one pixel each way; what does not fill a
 * batch is left out. Each batch is freed when the next one is asked for.
 *
 * @param rngs gives order and moves; every pass draws {@link KEYS_PER_PASS} keys
 * @param from the first batch, for a pass that goes on
 */
export async function* trainingBatches(
  digits: Digits,
  batchSize: number,
  rngs: Rngs,
  from = 0,
): AsyncGenerator<Digits, void> {
  const size = digits.labels.size;
  const count = Math.floor(size / batchSize);
  using order = rngs.permutation(size) as tf.Tensor1D;
  using moves = rngs.randint([count, 2], -1, 2);
  // Read once a pass: where a picture is cut out has to be known to the program.
  const steps = await moves.data();
  for (let i = from; i < count; i++) {
    const batch = tf.tidy(() => {
      const { images, labels } = takeDigits(digits, tf.slice(order, i * batchSize, batchSize));
      return { images: shift(images, steps[2 * i]!, steps[2 * i + 1]!), labels };
    });
    try {
      yield batch;
    } finally {
      tf.dispose(batch);
    }
  }
}

/** The keys that a pass draws. */
export const KEYS_PER_PASS = 2;
