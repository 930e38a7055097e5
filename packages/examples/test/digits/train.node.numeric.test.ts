/** @file The digit classifier learns, leaks nothing and stops when it is told to. */
import { Rngs } from "@nnx-js/nn";
import type { LogEvent } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { accuracyOf, confusionMatrix } from "../../src/digits/confusion.ts";
import { loadDigits } from "../../src/digits/data.ts";
import { CLASSES, type DigitsSplit } from "../../src/digits/split.ts";
import { DigitClassifier } from "../../src/digits/model.ts";
import { summarise } from "../../src/digits/summary.ts";
import { train } from "../../src/digits/train.ts";
import { expectFlat } from "../flat.ts";
import { onLogs } from "../on-logs.ts";

const backend = inject("backend");

describe.skipIf(backend === "webgpu")("on a part of the digits", () => {
  let data: DigitsSplit;
  let model: DigitClassifier;
  beforeEach(async () => {
    data = await loadDigits({ train: 1500, test: 300, seed: 0 });
    using rngs = new Rngs(0);
    model = new DigitClassifier({ widths: [64, 32], rngs });
  });
  afterEach(() => {
    tf.dispose(data);
    model.dispose();
  });

  test("two epochs recognise most digits, and the reports say how far the run is", async () => {
    const reports: LogEvent[] = [];
    const watch = onLogs((event) => reports.push(event));
    const result = await train(model, data, { epochs: 2, seed: 0, watch });

    expect(result).toMatchObject({ epochs: 2, interrupted: false });
    expect(result.test.accuracy).toBeGreaterThan(0.6);
    const confusion = confusionMatrix(await data.test.labels.data(), result.test.predictions, CLASSES);
    expect(accuracyOf(confusion)).toBeCloseTo(result.test.accuracy, 5);

    expect(reports.map(({ step }) => step)).toEqual([10, 15, 25, 30]);
    const losses = reports.map(({ metrics }) => metrics["loss"]!);
    expect(losses[3]).toBeLessThan(losses[0]!);
    expect(result.trainCurve.values).toEqual(losses);
    expect(result.trainCurve.epochs).toEqual([10 / 15, 1, 25 / 15, 2]);
    expect(result.testCurve.epochs).toEqual([1, 2]);
    expect(result.testCurve.values[1]).toBeLessThan(result.testCurve.values[0]!);
  });

  test("memory is flat over epochs, and a run leaves no tensor behind", async () => {
    const before = tf.memory();
    const atEpochEnds: tf.MemoryInfo[] = [];
    const watch = onLogs(({ step }) => void (step % 15 === 0 && atEpochEnds.push(tf.memory())));
    await train(model, data, { epochs: 3, seed: 0, watch });
    const used = atEpochEnds.map(({ numTensors, numBytes }) => [numTensors, numBytes]);
    expect(used).toHaveLength(3);
    expectFlat(used);
    // Fewer where weights have moved into the compiled step's memory.
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before.numTensors);
    expect(tf.memory().numBytes).toBeLessThanOrEqual(before.numBytes);
  });

  test("the same seed gives the same run", async () => {
    const first = await train(model, data, { epochs: 1, seed: 5 });
    using rngs = new Rngs(0);
    using again = new DigitClassifier({ widths: [64, 32], rngs });
    expect(await train(again, data, { epochs: 1, seed: 5 })).toEqual(first);
  });

  test("a signal stops the run after the current step, and the result is that of the steps done", async () => {
    const before = tf.memory().numTensors;
    const interrupt = new AbortController();
    const watch = onLogs(({ step }) => step === 25 && interrupt.abort());
    const result = await train(model, data, { epochs: 50, seed: 0, signal: interrupt.signal, watch });
    expect(result.interrupted).toBe(true);
    // The report of step 25 came when the next one was on its way.
    expect(result.epochs).toBe(26 / 15);
    expect(result.testCurve.epochs).toEqual([1, 26 / 15]);
    expect(result.test.accuracy).toBeGreaterThan(0.5);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);

    const confusion = confusionMatrix(await data.test.labels.data(), result.test.predictions, CLASSES);
    expect(summarise(result, confusion)).toMatch(
      /^Stopped early, after 1\.73 epochs\nTest accuracy: \d\d\.\d %\n/,
    );
  });

  test("a run that was stopped goes on after its last step, and ends as one that was not", async () => {
    const checkpoint = await mkdtemp(join(tmpdir(), "digits-"));
    const straight = await train(model, data, { epochs: 3, seed: 0 });
    using rngs = new Rngs(0);
    using stopped = new DigitClassifier({ widths: [64, 32], rngs });
    const interrupt = new AbortController();
    const watch = onLogs(({ step }) => step === 25 && interrupt.abort());
    const options = { epochs: 3, seed: 0, checkpoint };
    await train(stopped, data, { ...options, signal: interrupt.signal, watch });

    using again = new DigitClassifier({ widths: [64, 32], rngs });
    const restored: number[] = [];
    const result = await train(again, data, { ...options, onRestored: (steps) => restored.push(steps) });
    expect(restored).toEqual([26]);
    expect(result.test).toEqual(straight.test);
    expect(result.testCurve).toMatchObject({ epochs: [2, 3], values: straight.testCurve.values.slice(1) });
    expect(result).toMatchObject({ epochs: 3, interrupted: false });
    // One that is done already has nothing to do.
    const after = await train(again, data, options);
    expect(after).toMatchObject({ test: straight.test, epochs: 3, interrupted: false });
    await expect(train(again, data, { ...options, seed: 1 })).rejects.toThrow("holds a run of seed 0, not 1");
    await rm(checkpoint, { recursive: true });
  });

  test("a signal that comes first gives the figures of the untrained model", async () => {
    const result = await train(model, data, { epochs: 2, seed: 0, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ epochs: 0, interrupted: true, trainCurve: { values: [] } });
    expect(result.test.accuracy).toBeLessThan(0.5);
  });
});

test.runIf(backend === "wasm")(
  "the full run reaches 97 % on digits that it has not learned from, with flat memory",
  async () => {
    const data = await loadDigits({ train: 9000, test: 1000, seed: 0 });
    using rngs = new Rngs(0);
    using model = new DigitClassifier({ rngs });
    const atEpochEnds: number[][] = [];
    const watch = onLogs(({ step }) => {
      const { numTensors, numBytes } = tf.memory();
      if (step % 90 === 0) atEpochEnds.push([numTensors, numBytes]);
    });
    const result = await train(model, data, { epochs: 15, seed: 0, watch });
    tf.dispose(data);
    expect(atEpochEnds).toHaveLength(15);
    expectFlat(atEpochEnds);
    expect(result.test.accuracy).toBeGreaterThanOrEqual(0.97);
  },
  600_000,
);
