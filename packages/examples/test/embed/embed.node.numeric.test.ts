/** @file Vectors of texts are those of PyTorch, eager and compiled. */
import { Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { BertConfig } from "../../src/embed/config.ts";
import { embed, plainEmbed } from "../../src/embed/embed.ts";
import { loadEncoder, type SentenceEncoder } from "../../src/embed/encoder.ts";
import { BertEncoder } from "../../src/embed/model.ts";
import { batchOf } from "../../src/embed/tokens.ts";
import { type Golden, readGolden } from "./golden.ts";
import { folder, weightsFolder } from "./weights.ts";

const backend = inject("backend");
const onCpus = backend === "cpu" || backend === "wasm";

describe.runIf(folder && onCpus)("all-MiniLM-L6-v2", () => {
  let encoder: SentenceEncoder;
  let golden: Golden;
  beforeAll(async () => {
    [encoder, golden] = await Promise.all([loadEncoder(weightsFolder()), readGolden()]);
  });
  afterAll(() => encoder.model.dispose());

  /** The largest distance of an element from PyTorch's, over the texts at these places. */
  function farthest(places: readonly number[], fn: typeof plainEmbed): number {
    const batch = encoder.batch(places.map((i) => golden.cases[i]!.text));
    const vectors = tf.tidy(() => fn(encoder.model, batch));
    const expected = tf.tensor2d(places.map((i) => Array.from(golden.embeddings[i]!)));
    const distance = tf.tidy(() => tf.max(tf.abs(tf.sub(vectors, expected))));
    const [value] = distance.dataSync();
    tf.dispose([batch, vectors, expected, distance]);
    return value!;
  }

  const all = [...Array(20).keys()];
  const isLong = (i: number) => golden.cases[i]!.ids.length > 64;
  const ways = [
    ["eager", plainEmbed],
    ["compiled", embed],
  ] as const;

  test.each(ways)("%s, texts have the vectors of PyTorch", (way, fn) => {
    expect(golden.embeddings).toHaveLength(20);
    // Three short ones take seconds on cpu as it is.
    const isEnough = (i: number) => backend === "wasm" || way === "compiled" || [0, 15, 16].includes(i);
    const places = all.filter(isEnough);
    expect(
      farthest(
        places.filter((i) => !isLong(i)),
        fn,
      ),
    ).toBeLessThan(2e-5);
    const long = places.filter(isLong);
    expect(long.length === 0 ? 0 : farthest(long, fn)).toBeLessThan(2e-5);
    expect(long).toHaveLength(isEnough(19) ? 1 : 0);
  });
});

describe.runIf(onCpus)("an encoder of random weights", () => {
  const config: BertConfig = {
    vocabulary: 11,
    positions: 9,
    segments: 2,
    features: 8,
    hiddenFeatures: 12,
    heads: 2,
    blocks: 2,
    epsilon: 1e-12,
  };
  const texts = [[1, 5, 2], [1, 3, 4, 9, 10, 6, 2], [2]];

  test.each([
    ["eager", plainEmbed],
    ["compiled", embed],
  ] as const)("%s, what a text is filled up with does not change its vector", async (_, fn) => {
    using model = new BertEncoder(config, { rngs: new Rngs(0) });
    const together = batchOf(texts, { maxLength: config.positions });
    const vectors = tf.tidy(() => fn(model, together));
    const alone = texts.map((tokens) => {
      const shape: [number, number] = [1, tokens.length];
      const batch = {
        tokens: tf.tensor2d([tokens], shape, "int32"),
        mask: tf.ones<tf.Rank.R2>(shape, "int32"),
      };
      return tf.tidy(() => plainEmbed(model, batch));
    });
    const expected = tf.concat(alone);
    await expect(vectors).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-6 });
    const lengths = tf.sum(tf.square(vectors), 1);
    await expect(lengths).toBeAllClose(tf.ones([3]), { rtol: 1e-5, atol: 0 });
    expect(Math.abs(vectors.arraySync()[0]![0]! - vectors.arraySync()[1]![0]!)).toBeGreaterThan(1e-3);
  });
});
