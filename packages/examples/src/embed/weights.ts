/** @file Where the weights of BERT stand in the files of Hugging Face. */
import { loadModel } from "@nnx-js/checkpoint";
import { join } from "node:path";
import type { BertEncoder } from "./model.ts";

/** What parts of BERT are called there, and here. The first that is found in a name counts. */
const NAMES: readonly (readonly [pattern: RegExp, name: string | null])[] = [
  // What says that position 3 is position 3, and what pre-training had on top.
  [/^embeddings\.position_ids$|^pooler\./, null],
  [/^embeddings\.word_embeddings\b/, "embeddings.tokens"],
  [/^embeddings\.position_embeddings\b/, "embeddings.positions"],
  [/^embeddings\.token_type_embeddings\b/, "embeddings.segments"],
  [/^embeddings\.LayerNorm\b/, "embeddings.norm"],
  [/^encoder\.layer\.(\d+)\.attention\.self\b/, "blocks.$1.attention"],
  [/^encoder\.layer\.(\d+)\.attention\.output\.dense\b/, "blocks.$1.attention.out"],
  [/^encoder\.layer\.(\d+)\.attention\.output\.LayerNorm\b/, "blocks.$1.attentionNorm"],
  [/^encoder\.layer\.(\d+)\.intermediate\.dense\b/, "blocks.$1.wide"],
  [/^encoder\.layer\.(\d+)\.output\.dense\b/, "blocks.$1.narrow"],
  [/^encoder\.layer\.(\d+)\.output\.LayerNorm\b/, "blocks.$1.norm"],
];

/** The name in this library's encoder, in PyTorch's layout; `null` for what the encoder does not have. */
export function rename(name: string): string | null {
  // A BERT with a head of its own has the encoder inside.
  const inner = name.replace(/^bert\./, "");
  const [pattern, own] = NAMES.find(([pattern]) => pattern.test(inner)) ?? [];
  return pattern && own ? inner.replace(pattern, own) : own === null ? null : name;
}

/** Gives an encoder, which may be one without values, the weights of `model.safetensors` in a folder. */
export async function loadWeights(model: BertEncoder, folder: string): Promise<void> {
  await loadModel(model, join(folder, "model.safetensors"), { layout: "torch", rename });
}
