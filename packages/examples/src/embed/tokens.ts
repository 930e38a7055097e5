/** @file Texts as tokens, and tokens as tensors. */
import { Tokenizer } from "@huggingface/tokenizers";
import * as tf from "@tensorflow/tfjs-core";
import { readJson } from "./config.ts";

/** Gives the tokens of a text, `[CLS]` first and `[SEP]` last. */
export type Tokenize = (text: string) => number[];

/** Tokens of n texts, filled up to one length. */
export type TokenBatch = {
  /** [n, length], int32; 0 behind the end of a text. */
  tokens: tf.Tensor2D;
  /** [n, length], int32: 1 where there is a token. */
  mask: tf.Tensor2D;
};

/**
 * Reads `tokenizer.json` and `tokenizer_config.json` of a folder, whose tokenizer is one of words in small letters.
 *
 * @param options `maxLength` is the most tokens of a text; the last of them is always `[SEP]`
 */
export async function loadTokenizer(folder: string, { maxLength }: { maxLength: number }): Promise<Tokenize> {
  const [rules, config] = await Promise.all([
    readJson(folder, "tokenizer.json"),
    readJson(folder, "tokenizer_config.json", {}),
  ]);
  const tokenizer = new Tokenizer(rules, config);
  return (text) => {
    const { ids } = tokenizer.encode(prepared(text));
    return ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - 1), ids.at(-1)!];
  };
}

/**
 * Tokens of several texts side by side, filled up to a multiple of 8, so that few shapes occur.
 *
 * @param options `maxLength` is where the positions of the encoder end
 */
export function batchOf(
  texts: readonly (readonly number[])[],
  { maxLength }: { maxLength: number },
): TokenBatch {
  const longest = Math.max(...texts.map(({ length }) => length));
  const length = Math.min(8 * Math.ceil(longest / 8), maxLength);
  const filled = (fill: (tokens: readonly number[], i: number) => number) =>
    texts.flatMap((tokens) => Array.from({ length }, (_, i) => fill(tokens, i)));
  const shape: [number, number] = [texts.length, length];
  const tokens = filled((tokens, i) => tokens[i] ?? 0);
  const mask = filled((tokens, i) => Number(i < tokens.length));
  return { tokens: tf.tensor2d(tokens, shape, "int32"), mask: tf.tensor2d(mask, shape, "int32") };
}

/**
 * Does to a text what Python's tokenizers does and npm's does otherwise: the last sigma of a word becomes small like
 * every other, and Chinese characters beyond 16 bits are words of their own.
 */
function prepared(text: string): string {
  return text.replaceAll("Σ", "σ").replace(RARE_CHINESE, " $& ");
}

const RARE_CHINESE = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
