/** @file Folders of encoders that this example cannot run are refused, saying why. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../src/embed/config.ts";

const CONFIG = {
  hidden_act: "gelu",
  vocab_size: 50,
  max_position_embeddings: 20,
  type_vocab_size: 2,
  hidden_size: 8,
  intermediate_size: 16,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  layer_norm_eps: 1e-12,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "encoder-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, json: unknown) => writeFile(join(folder, name), JSON.stringify(json));

test("a folder with nothing but sizes takes texts of all positions", async () => {
  await write("config.json", CONFIG);
  await expect(readConfig(folder)).resolves.toEqual({
    vocabulary: 50,
    positions: 20,
    segments: 2,
    features: 8,
    hiddenFeatures: 16,
    heads: 2,
    blocks: 1,
    epsilon: 1e-12,
    maxLength: 20,
  });
});

test("texts are never longer than there are positions", async () => {
  await write("config.json", CONFIG);
  await write("sentence_bert_config.json", { max_seq_length: 512 });
  await expect(readConfig(folder)).resolves.toMatchObject({ maxLength: 20 });
});

test.each([
  [{ model_type: "roberta" }, 'expected model_type to be "bert" in '],
  [{ hidden_act: "relu" }, 'expected hidden_act to be "gelu" in '],
  [{ position_embedding_type: "relative_key" }, 'expected position_embedding_type to be "absolute" in '],
])("%j is refused", async (part, message) => {
  await write("config.json", { ...CONFIG, ...part });
  await expect(readConfig(folder)).rejects.toThrow(message + join(folder, "config.json"));
});

test("another pooling than the mean is refused", async () => {
  await write("config.json", CONFIG);
  await mkdir(join(folder, "1_Pooling"));
  await write("1_Pooling/config.json", { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false });
  await expect(readConfig(folder)).rejects.toThrow("expected pooling_mode_cls_token to be false in ");
});

test("a folder without config.json is named", async () => {
  await expect(readConfig(folder)).rejects.toThrow(`expected JSON in ${join(folder, "config.json")}: ENOENT`);
});
