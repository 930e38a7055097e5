/** @file Batches of names, in a new order every time. */
import type { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Names, takeNames } from "./data.ts";

/**
 * One pass over the names in random order; what does not fill a batch is left out. Each batch is freed when the next
 * one is asked for.
 *
 * @param rngs gives the order; every pass draws one key
 * @param from the first batch, for a pass that goes on
 */
export function* nameBatches(names: Names, batchSize: number, rngs: Rngs, from = 0): Generator<Names, void> {
  const size = names.lengths.size;
  using order = rngs.permutation(size) as tf.Tensor1D;
  for (let start = from * batchSize; start + batchSize <= size; start += batchSize) {
    const batch = tf.tidy(() => takeNames(names, tf.slice(order, start, batchSize)));
    try {
      yield batch;
    } finally {
      tf.dispose(batch);
    }
  }
}
