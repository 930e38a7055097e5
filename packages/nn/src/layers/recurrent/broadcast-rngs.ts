/** @file Random streams that give the same keys at every step of a sequence. */
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { type Filter, toPredicate } from "../../graph/filters.ts";
import { iterGraph } from "../../graph/iterate.ts";
import type { Module } from "../../module/module.ts";
import { RngStream } from "../../random/rng-stream.ts";

/** Streams that are wound back before each step. */
export interface HeldStreams {
  /** Makes each stream give the same keys again. */
  rewind(): void;
  /** Gives the streams back: each has drawn one key. */
  release(): void;
}

/**
 * Holds those streams of `cell` that `filter` selects: until they are released they draw from a key that is new for
 * this call. A `Dropout` in the cell then drops the same elements at every step.
 *
 * @see flax.nnx.split_rngs
 */
export function holdStreams(cell: Module, filter: Filter): HeldStreams {
  const predicate = toPredicate(filter);
  const held = [...iterGraph(cell)].flatMap(([path, value]) => {
    if (!(value instanceof RngStream) || !predicate(path, value)) return [];
    const drawn = value.next();
    const [key, count] = [value.key.value.clone(), value.count.value.clone()];
    value.key.value = random.foldIn(drawn, 0);
    drawn.dispose();
    return [{ stream: value, key, count }];
  });
  return {
    rewind() {
      for (const { stream } of held) stream.count.value = tf.scalar(0, "int32");
    },
    release() {
      for (const { stream, key, count } of held) {
        stream.key.value = key;
        stream.count.value = count;
      }
    },
  };
}
