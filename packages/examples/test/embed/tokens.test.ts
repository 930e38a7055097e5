/** @file Texts become the tokens that Python's tokenizers makes of them. */
import * as tf from "@tensorflow/tfjs-core";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../src/embed/config.ts";
import { batchOf, loadTokenizer } from "../../src/embed/tokens.ts";
import { readGolden } from "./golden.ts";
import { folder, weightsFolder } from "./weights.ts";

test.skipIf(!folder)("the figures belong to these weights", async () => {
  const bytes = await readFile(join(weightsFolder(), "model.safetensors"));
  expect(createHash("sha256").update(bytes).digest("hex")).toBe((await readGolden()).sha256);
});

test.skipIf(!folder)("each text has the tokens of Python's tokenizers, 256 at most", async () => {
  const config = await readConfig(weightsFolder());
  expect(config).toEqual({
    vocabulary: 30522,
    positions: 512,
    segments: 2,
    features: 384,
    hiddenFeatures: 1536,
    heads: 12,
    blocks: 6,
    epsilon: 1e-12,
    maxLength: 256,
  });
  const tokenize = await loadTokenizer(weightsFolder(), config);
  const { cases } = await readGolden();
  expect(cases.map(({ text }) => ({ text, ids: tokenize(text) }))).toEqual(cases);
  expect(Math.max(...cases.map(({ ids }) => ids.length))).toBe(256);
});

test.skipIf(!folder)("a longer text is cut, and still ends in the token of the end", async () => {
  const tokenize = await loadTokenizer(weightsFolder(), { maxLength: 5 });
  expect(tokenize("one two")).toEqual([101, 2028, 2048, 102]);
  expect(tokenize("one two three")).toEqual([101, 2028, 2048, 2093, 102]);
  expect(tokenize("one two three four")).toEqual([101, 2028, 2048, 2093, 102]);
});

test("texts side by side are filled up to a multiple of 8, but not beyond the last position", () => {
  const batch = batchOf([[7, 8, 9], [5]], { maxLength: 100 });
  expect(batch.tokens.arraySync()).toEqual([
    [7, 8, 9, 0, 0, 0, 0, 0],
    [5, 0, 0, 0, 0, 0, 0, 0],
  ]);
  expect(batch.mask.arraySync()).toEqual([
    [1, 1, 1, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0],
  ]);
  const short = batchOf([[1, 2, 3, 4, 5], [1]], { maxLength: 6 });
  expect(short.tokens.shape).toEqual([2, 6]);
  tf.dispose([batch, short]);
});
