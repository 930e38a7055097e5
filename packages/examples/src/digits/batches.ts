/** @file Batches of the training data, in a new order and a little moved every time. */
import type { Rngs } from "@nnx-js/nn";
import { type Loader, loader } from "@nnx-js/train";
import type { Digits } from "./split.ts";
import { shift } from "./shift.ts";

/** Which batches are made. */
export interface BatchOptions {
  batchSize: number;
  /** Gives order and moves. */
  rngs: Rngs;
  /** Passes in all; one for each loop unless given. */
  epochs?: number | undefined;
}

/**
 * The digits in random order, each batch moved by up to one pixel each way; what does not fill a batch is left out.
 */
export function trainingBatches(
  digits: Digits,
  { batchSize, rngs, epochs }: BatchOptions,
): Loader<Digits, number> {
  return loader(digits, {
    batchSize,
    shuffle: rngs,
    dropLast: true,
    epochs,
    async mapBatch({ images, labels }, { rngs }) {
      using move = rngs.randint([2], -1, 2);
      // Where a picture is cut out has to be known to the program.
      const [down, right] = await move.data();
      return { images: shift(images, down!, right!), labels };
    },
  });
}
