/** @file A pretrained sentence encoder from its folder. */
import { evalShape, Rngs } from "@nnx-js/nn";
import { type EncoderConfig, readConfig } from "./config.ts";
import { BertEncoder } from "./model.ts";
import { batchOf, loadTokenizer, type TokenBatch, type Tokenize } from "./tokens.ts";
import { loadWeights } from "./weights.ts";

/** What turns texts into vectors. */
export interface SentenceEncoder {
  readonly config: EncoderConfig;
  readonly model: BertEncoder;
  readonly tokenize: Tokenize;
  /** The tokens of several texts, which are the caller's. */
  batch: (texts: readonly string[]) => TokenBatch;
}

/**
 * Reads a folder in the form of sentence-transformers: its sizes, its tokenizer and `model.safetensors`. The network is
 * made without weights first, so that those of the file are all that take memory.
 */
export async function loadEncoder(folder: string): Promise<SentenceEncoder> {
  const config = await readConfig(folder);
  const tokenize = await loadTokenizer(folder, config);
  const model = evalShape(() => new BertEncoder(config, { rngs: new Rngs(0) }));
  await loadWeights(model, folder);
  return { config, model, tokenize, batch: (texts) => batchOf(texts.map(tokenize), config) };
}
