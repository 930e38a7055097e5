/** @file Names of Hugging Face's BERT become those of the example's encoder. */
import { readSafetensors } from "@nnx-js/checkpoint";
import { evalShape, Rngs, state } from "@nnx-js/nn";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../src/embed/config.ts";
import { BertEncoder } from "../../src/embed/model.ts";
import { rename } from "../../src/embed/weights.ts";
import { folder, weightsFolder } from "./weights.ts";

test.each([
  ["embeddings.word_embeddings.weight", "embeddings.tokens.weight"],
  ["embeddings.LayerNorm.bias", "embeddings.norm.bias"],
  ["encoder.layer.11.attention.self.query.weight", "blocks.11.attention.query.weight"],
  ["encoder.layer.0.attention.output.dense.bias", "blocks.0.attention.out.bias"],
  ["encoder.layer.0.attention.output.LayerNorm.weight", "blocks.0.attentionNorm.weight"],
  ["encoder.layer.3.intermediate.dense.weight", "blocks.3.wide.weight"],
  ["encoder.layer.3.output.dense.weight", "blocks.3.narrow.weight"],
  ["encoder.layer.3.output.LayerNorm.bias", "blocks.3.norm.bias"],
  ["bert.encoder.layer.3.output.LayerNorm.bias", "blocks.3.norm.bias"],
  ["embeddings.position_ids", null],
  ["pooler.dense.weight", null],
  ["classifier.weight", "classifier.weight"],
])("%s is %s", (name, own) => {
  expect(rename(name)).toBe(own);
});

test.skipIf(!folder)(
  "the file holds as many tensors as the encoder has leaves, and three others",
  async () => {
    const config = await readConfig(weightsFolder());
    const model = evalShape(() => new BertEncoder(config, { rngs: new Rngs(0) }));
    const file = await readSafetensors(join(weightsFolder(), "model.safetensors"));
    await file.close();
    const renamed = file.names.map(rename);
    expect(renamed.filter((name) => name === null)).toHaveLength(3);
    expect(new Set(renamed.filter((name) => name !== null)).size).toBe(state(model).size);
  },
);
