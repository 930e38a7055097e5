/** @file Adapters learn what a writer wants, leave the encoder alone, and travel in a small file. */
import { loadModel, saveModel } from "@nnx-js/checkpoint";
import { LoRAParam, Rngs, state } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { withAdapters } from "../../src/embed/adapters.ts";
import { embed } from "../../src/embed/embed.ts";
import { loadEncoder, type SentenceEncoder } from "../../src/embed/encoder.ts";
import { finetune } from "../../src/embed/finetune.ts";
import { INTENTS, SUBJECTS } from "../../src/embed/intents.ts";
import type { BertEncoder } from "../../src/embed/model.ts";
import { runEmbed } from "../../src/embed/run.ts";
import { captureConsole } from "../console.ts";
import { folder, weightsFolder } from "./weights.ts";

test("no sentence occurs twice, and each subject has one of every intent", () => {
  const subjects = [...SUBJECTS.train, ...SUBJECTS.test];
  expect(new Set(subjects.flat()).size).toBe(30 * INTENTS.length);
});

describe.runIf(folder && inject("backend") === "wasm")("adapters of all-MiniLM-L6-v2", () => {
  let encoder: SentenceEncoder;
  let out: string;
  beforeAll(async () => {
    encoder = await loadEncoder(weightsFolder());
    out = await mkdtemp(join(tmpdir(), "embed-"));
  });
  afterAll(async () => {
    encoder.model.dispose();
    await rm(out, { recursive: true });
  });

  const texts = ["Where is my bag?", "I want my money back."];
  function vectorsOf(model: BertEncoder): Float32Array {
    const batch = encoder.batch(texts);
    const vectors = tf.tidy(() => embed(model, batch));
    const values = vectors.dataSync<"float32">().slice();
    tf.dispose([batch, vectors]);
    return values;
  }

  test("they learn, are saved alone, and answer the same on top of weights that are loaded anew", async () => {
    using model = withAdapters(encoder.model, { rngs: new Rngs(0) });
    const before = vectorsOf(encoder.model);
    expect(vectorsOf(model)).toEqual(before);
    const data = { train: SUBJECTS.train.slice(0, 8), test: SUBJECTS.test.slice(0, 4) };
    const tensors = tf.memory().numTensors;
    const result = await finetune({ ...encoder, model }, data, { epochs: 5, seed: 0, batchSize: 4 });
    // The compiled step keeps the adapters in memory of its own: there are fewer tensors.
    expect(tf.memory().numTensors).toBeLessThanOrEqual(tensors);
    expect(result.accuracies[0]).toBeLessThan(0.2);
    expect(result.accuracies.at(-1)).toBeGreaterThan(0.6);
    const adapted = vectorsOf(model);
    expect(adapted).not.toEqual(before);
    expect(vectorsOf(encoder.model)).toEqual(before);

    const path = join(out, "adapters.safetensors");
    await saveModel(model, path, { only: LoRAParam });
    const { size } = await stat(path);
    const elements = [...state(model, LoRAParam)].reduce((sum, [, leaf]) => sum + leaf.size, 0);
    expect(elements).toBe(6 * 2 * 2 * 8 * 384);
    expect(size).toBeGreaterThan(4 * elements);
    expect(size).toBeLessThan(4 * elements + 5000);

    const anew = await loadEncoder(weightsFolder());
    using loaded = withAdapters(anew.model, { rngs: new Rngs(1) });
    await loadModel(loaded, path, { only: LoRAParam });
    expect(vectorsOf(loaded)).toEqual(adapted);
  });

  test("the command trains, writes adapters and charts, and compares with them", async () => {
    const options = { backend: "wasm", weights: weightsFolder(), epochs: 1, seed: 0, out, sentences: texts };
    const before = tf.memory().numTensors;
    const { printed, stop } = captureConsole();
    const path = join(out, "embed-adapters.safetensors");
    try {
      await runEmbed({ ...options, finetune: true, adapters: undefined });
      await runEmbed({ ...options, finetune: false, adapters: undefined });
      await runEmbed({ ...options, finetune: false, adapters: path });
    } finally {
      stop();
    }
    const text = printed.join("\n");
    expect(text).toMatch(/^After 1 epoch of training 73728 of 22639104 parameters \(0\.33 %\)$/m);
    expect(text).toMatch(/before: +0\.0 %\n +after: +\d/);
    expect(text).toContain(`Wrote ${path} (29`);
    const similarities = [...text.matchAll(/^Most alike \(([\d.]+)\): "Where is my bag\?" and "I want/gm)];
    expect(similarities).toHaveLength(2);
    expect(similarities[0]![1]).not.toBe(similarities[1]![1]);
    expect((await readdir(out)).filter((name) => name.startsWith("embed-"))).toEqual([
      "embed-accuracy.png",
      "embed-accuracy.svg",
      "embed-adapters.safetensors",
      "embed-similarities.png",
      "embed-similarities.svg",
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
