/** @file Batches of the training data, in a new order every time. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Digits, takeDigits } from "./data.ts";

/**
 * One pass over the digits in random order; what does not fill a batch is left out.
 * Each batch is freed when the next one is asked for.
 *
 * @param rngs gives the order; every pass draws one key
 */
export function* shuffledBatches(digits: Digits, batchSize: number, rngs: Rngs): Generator<Digits, void> {
  const size = digits.labels.size;
  using order = rngs.permutation(size);
  for (let begin = 0; begin + batchSize <= size; begin += batchSize) {
    const batch = tf.tidy(() => takeDigits(digits, tf.slice(order, begin, batchSize) as tf.Tensor1D));
    try {
      yield batch;
    } finally {
      tf.dispose(batch);
    }
  }
}
