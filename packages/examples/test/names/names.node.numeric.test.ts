/** @file The character transformer learns, decodes as it was trained, leaks nothing and stops when it is told to. */
import { Cache, iterVariables, Rngs, state } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import type { LogEvent } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { bigramLoss } from "../../src/names/bigram.ts";
import { loadNames } from "../../src/names/data.ts";
import { decodeName, END, type Names, type NamesSplit } from "../../src/names/split.ts";
import { CharTransformer, type TransformerOptions } from "../../src/names/model.ts";
import { sampleNames } from "../../src/names/sample.ts";
import { summarise } from "../../src/names/summary.ts";
import { train } from "../../src/names/train.ts";
import { expectFlat } from "../flat.ts";
import { onLogs } from "../on-logs.ts";

const backend = inject("backend");
const TINY = { features: 8, heads: 2, blocks: 1 };

function transformer(
  { vocabulary, length }: NamesSplit,
  sizes: Partial<TransformerOptions>,
): CharTransformer {
  using rngs = new Rngs(0);
  return new CharTransformer({ vocabulary: vocabulary.length, length, rngs, ...sizes });
}

async function spelled({ tokens }: Names, vocabulary: readonly string[]): Promise<string[]> {
  return (await tokens.array()).map((row) => decodeName(row.slice(1), vocabulary));
}

describe.skipIf(backend === "webgpu")("on a part of the names", () => {
  test("both parts share no name, and tokens spell what was encoded", async () => {
    const data = await loadNames({ train: 200, test: 100, seed: 3 });
    const { train: learned, test: held, vocabulary, length } = data;
    const names = [...(await spelled(learned, vocabulary)), ...(await spelled(held, vocabulary))];
    expect(new Set(names).size).toBe(300);
    expect(names.every((name) => /^[a-z-]{2,15}$/.test(name))).toBe(true);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThan(length);
    expect([...(await learned.lengths.data())]).toEqual(names.slice(0, 200).map((name) => name.length));
    expect(vocabulary.indexOf("")).toBe(END);
    tf.dispose([learned, held]);
    await expect(loadNames({ train: 1e6, test: 1, seed: 0 })).rejects.toThrow(
      /expected at most \d+ names in all/,
    );
  });

  test("the table counts pairs, each once more than it occurs", async () => {
    // Of the names "a" and "ab": a follows the start twice, the end and b follow a once each.
    const names: Names = {
      tokens: tf.tensor2d([END, 1, END, END, END, 1, 2, END], [2, 4], "int32"),
      lengths: tf.tensor1d([1, 2], "int32"),
    };
    const expected = [3 / 5, 2 / 5, 3 / 5, 2 / 5, 2 / 4].map((p) => -Math.log(p));
    const loss = await bigramLoss(names, names, 3);
    expect(loss).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / 5, 10);
    tf.dispose(names);
  });

  test("a decode view scores one token after the other as the whole name at once", async () => {
    const data = await loadNames({ train: 8, test: 3, seed: 0 });
    using model = transformer(data, TINY);
    const tokens = tf.slice(data.test.tokens, [0, 0], [3, data.length]);
    const evalModel = view(model, { deterministic: true });
    const decoder = view(evalModel, { decode: true, batchSize: 3, maxLength: data.length });
    const steps = Array.from({ length: data.length }, (_, start) =>
      decoder.forward(tf.slice(tokens, [0, start], [3, 1]), { start }),
    );
    await expect(tf.concat(steps, 1)).toBeAllClose(evalModel.forward(tokens), { rtol: 1e-4, atol: 1e-5 });
    state(decoder, Cache).dispose();
    tf.dispose([data.train, data.test]);
  });

  test("samples are names of the vocabulary, the same for the same seed, and leave no tensor behind", async () => {
    const data = await loadNames({ train: 8, test: 3, seed: 0 });
    const { vocabulary, length } = data;
    using model = transformer(data, TINY);
    const sample = async () => {
      using rngs = new Rngs(5);
      return sampleNames(model, { count: 4, length, vocabulary, rngs });
    };
    const before = tf.memory().numTensors;
    const names = await sample();
    expect(tf.memory().numTensors).toBe(before);
    expect(names).toHaveLength(4);
    expect(names.every((name) => /^[a-z-]{0,16}$/.test(name))).toBe(true);
    expect(await sample()).toEqual(names);
    tf.dispose([data.train, data.test]);
  });

  test("a signal stops the run after the current step, and the result is that of the steps done", async () => {
    const data = await loadNames({ train: 320, test: 40, seed: 0 });
    using model = transformer(data, TINY);
    const before = tf.memory().numTensors;
    const interrupt = new AbortController();
    const reports: LogEvent[] = [];
    const watch = onLogs((event) => {
      reports.push(event);
      if (event.step === 26) interrupt.abort();
    });
    const options = { epochs: 50, seed: 0, batchSize: 20, signal: interrupt.signal, watch };
    const result = await train(model, data, options);
    // The report of step 26 came when the next one was on its way; that one is reported in the end.
    expect(result).toMatchObject({ interrupted: true, epochs: 27 / 16, testCurve: { epochs: [1, 27 / 16] } });
    expect(reports.map(({ step }) => step)).toEqual([10, 16, 26, 27]);
    // Compiled steps keep the weights; each is a tensor again when it is read.
    expect([...iterVariables(model)].every(([, variable]) => !variable.value.isDisposed)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
    expect(summarise(result, { bigram: 2.5, samples: ["ada", "grace"] })).toMatch(
      /^Stopped early, after 1\.6\d epochs\nLoss on held-back names: \d\.\d+ .*\nA table.*: 2\.500\nNew names: Ada, Grace$/,
    );
    tf.dispose([data.train, data.test]);
  });
});

test.runIf(backend === "wasm")(
  "after one pass the loss on held-back names is below that of a table of character pairs",
  async () => {
    const data = await loadNames({ test: 800, seed: 0 });
    using model = transformer(data, { features: 32, blocks: 1 });
    const { test: held } = await train(model, data, { epochs: 1, seed: 0 });
    const bigram = await bigramLoss(data.train, data.test, data.vocabulary.length);
    tf.dispose([data.train, data.test]);
    expect(bigram).toBeGreaterThan(2.3);
    expect(held.loss).toBeLessThan(bigram - 0.03);
  },
);

test.runIf(backend === "wasm")(
  "a thousand steps of the loop need no more memory than the first",
  async () => {
    const data = await loadNames({ train: 1000, test: 4, seed: 0 });
    using model = transformer(data, { ...TINY, features: 4 });
    const used: number[][] = [];
    const watch = onLogs(({ step }) => {
      const { numTensors, numBytes } = tf.memory();
      if (step % 100 === 0) used.push([numTensors, numBytes]);
    });
    await train(model, data, { epochs: 4, seed: 0, batchSize: 4, watch });
    expect(used).toHaveLength(10);
    expectFlat(used);
    tf.dispose([data.train, data.test]);
  },
);
