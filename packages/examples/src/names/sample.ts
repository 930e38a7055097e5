/** @file Makes up names, one character after the other. */
import { Cache, type Rngs, state } from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";

import { decodeName, END } from "./split.ts";
import type { CharTransformer } from "./model.ts";

/** What {@link sampleNames} needs to know. */
export interface SampleOptions {
  /** How many names to make. */
  count: number;
  /** How many tokens a name has at most. */
  length: number;
  vocabulary: readonly string[];
  /** Gives the keys, one for each position. */
  rngs: Rngs;
  /** Below 1 the likely names come more often; 1 unless given. */
  temperature?: number | undefined;
}

/**
 * Draws names from the model, all at once: a decode view of it remembers in its caches what it has seen, so that each
 * step takes one token a name.
 */
export async function sampleNames(
  model: CharTransformer,
  { count, length, vocabulary, rngs, temperature = 1 }: SampleOptions,
): Promise<string[]> {
  const decoder = view(model, { deterministic: true, decode: true, batchSize: count, maxLength: length });
  let tokens: tf.Tensor = full([count, 1], END, "int32");
  const drawn: tf.Tensor[] = [];
  for (let start = 0; start < length; start++) {
    const next = decodeStep(decoder, tokens, rngs, start, temperature);
    tokens.dispose();
    tokens = next;
    drawn.push(next.clone());
  }
  using names = tf.tidy(() => tf.concat(drawn, 1)) as tf.Tensor2D;
  // The weights are the model's; the caches were made for this call.
  state(decoder, Cache).dispose();
  tf.dispose([tokens, drawn]);
  return (await names.array()).map((row) => decodeName(row, vocabulary));
}

/** The next token of each name, [count, 1]. */
function decodeStep(
  decoder: CharTransformer,
  tokens: tf.Tensor,
  rngs: Rngs,
  start: number,
  temperature: number,
): tf.Tensor {
  return tf.tidy(() => {
    const logits = tf.squeeze(decoder.forward(tokens, { start }), [1]);
    return tf.expandDims(rngs.categorical(tf.div(logits, temperature)), 1);
  });
}
