/** @file What the folder of a sentence encoder says about its sizes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Sizes of a BERT encoder, named as in this library; `config.json` has names of its own for them. */
export interface BertConfig {
  /** How many tokens there are. */
  readonly vocabulary: number;
  /** How many positions a text can have. */
  readonly positions: number;
  /** How many kinds of segments there are: first and second text of a pair. */
  readonly segments: number;
  /** Features of each position. */
  readonly features: number;
  /** Features between the two layers of each block. */
  readonly hiddenFeatures: number;
  /** Heads of each attention. */
  readonly heads: number;
  /** Blocks one after the other. */
  readonly blocks: number;
  /** Added to variances in layer normalisation. */
  readonly epsilon: number;
}

/** A sentence encoder: its network, and how many tokens of a text it looks at. */
export interface EncoderConfig extends BertConfig {
  /** Tokens of a text, `[CLS]` and `[SEP]` included; what is beyond is cut off. */
  readonly maxLength: number;
}

/** Thrown for a folder that holds no encoder, or one that this example cannot run. */
export class EncoderError extends Error {
  override readonly name = "EncoderError";
}

/**
 * Reads `config.json`, `sentence_bert_config.json` and `1_Pooling/config.json` of a folder in the form of
 * sentence-transformers. Without the second, texts may be as long as there are positions.
 *
 * @throws EncoderError for another kind of network, activation, position or pooling than this example has
 */
export async function readConfig(folder: string): Promise<EncoderConfig> {
  const config = (await readJson(folder, "config.json")) as RawConfig;
  const expected = { model_type: "bert", hidden_act: "gelu", position_embedding_type: "absolute" } as const;
  for (const [name, value] of Object.entries(expected)) {
    const found = config[name as keyof typeof expected] ?? value;
    if (found !== value) throw unsupported(folder, "config.json", name, value, found);
  }
  const sentence = (await readJson(folder, "sentence_bert_config.json", {})) as { max_seq_length?: number };
  const pooling = (await readJson(folder, "1_Pooling/config.json", {})) as Record<string, unknown>;
  for (const [name, value] of Object.entries(pooling)) {
    const isWanted = name === "pooling_mode_mean_tokens";
    if (!name.startsWith("pooling_mode") || value === isWanted) continue;
    throw unsupported(folder, "1_Pooling/config.json", name, isWanted, value);
  }
  const positions = config.max_position_embeddings;
  return {
    vocabulary: config.vocab_size,
    positions,
    segments: config.type_vocab_size,
    features: config.hidden_size,
    hiddenFeatures: config.intermediate_size,
    heads: config.num_attention_heads,
    blocks: config.num_hidden_layers,
    epsilon: config.layer_norm_eps,
    maxLength: Math.min(sentence.max_seq_length ?? positions, positions),
  };
}

/** Reads a JSON file of the folder; `missing` is the answer where there is none. @throws EncoderError */
export async function readJson(folder: string, name: string, missing?: object): Promise<object> {
  const path = join(folder, name);
  try {
    return JSON.parse(await readFile(path, "utf8")) as object;
  } catch (error) {
    if (missing !== undefined && (error as NodeJS.ErrnoException).code === "ENOENT") return missing;
    throw new EncoderError(`expected JSON in ${path}: ${(error as Error).message}`, { cause: error });
  }
}

interface RawConfig {
  readonly model_type?: string;
  readonly hidden_act?: string;
  readonly position_embedding_type?: string;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_attention_heads: number;
  readonly num_hidden_layers: number;
  readonly layer_norm_eps: number;
}

function unsupported(
  folder: string,
  file: string,
  name: string,
  expected: unknown,
  found: unknown,
): EncoderError {
  return new EncoderError(
    `expected ${name} to be ${JSON.stringify(expected)} in ${join(folder, file)}, found ${JSON.stringify(found)}.`,
  );
}
