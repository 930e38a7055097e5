/** @file The convolutional classifier learns, compiled as well as eagerly, leaks nothing, and its command runs. */
import { Param, Rngs, state } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, inject, test, vi } from "vitest";
import { CNN, type CNNOptions } from "../../src/cnn/model.ts";
import { runCnn } from "../../src/cnn/run.ts";
import { loadDigits } from "../../src/digits/data.ts";
import { plainTrainStep, trainStep } from "../../src/digits/step.ts";
import { train } from "../../src/digits/train.ts";
import { captureConsole } from "../console.ts";
import { expectFlat } from "../flat.ts";
import { onLogs } from "../on-logs.ts";

const backend = inject("backend");
const TINY = { features: [2, 2], width: 4 } as const;

function makeCnn(sizes: Partial<CNNOptions> = {}): CNN {
  using rngs = new Rngs(0);
  return new CNN({ rngs, ...sizes });
}

test("the layers are those of Flax's tutorial, and the answers are ten for each picture", () => {
  using model = makeCnn();
  const shapes = [...state(model, Param)].map(([path, { shape }]) => [path.join("."), shape]);
  expect(Object.fromEntries(shapes)).toEqual({
    "conv1.kernel": [3, 3, 1, 32],
    "conv1.bias": [32],
    "batchNorm1.scale": [32],
    "batchNorm1.bias": [32],
    "conv2.kernel": [3, 3, 32, 64],
    "conv2.bias": [64],
    "batchNorm2.scale": [64],
    "batchNorm2.bias": [64],
    "linear1.kernel": [3136, 256],
    "linear1.bias": [256],
    "linear2.kernel": [256, 10],
    "linear2.bias": [10],
  });
  using tiny = makeCnn(TINY);
  const evalModel = view(tiny, { deterministic: true, useRunningAverage: true });
  expect(tf.tidy(() => evalModel.forward(tf.zeros([3, 784]))).shape).toEqual([3, 10]);
});

// The cpu backend takes seconds for a step of this model, and webgpu in software longer.
describe.runIf(backend === "wasm")("trains", () => {
  test("and recognises most digits of a part after one epoch", async () => {
    const data = await loadDigits({ train: 1280, test: 300, seed: 0 });
    using model = makeCnn();
    const result = await train(model, data, { epochs: 1, seed: 0, batchSize: 32, learningRate: 2e-3 });
    tf.dispose(data);
    expect(result).toMatchObject({ epochs: 1, interrupted: false });
    expect(result.test.accuracy).toBeGreaterThan(0.8);
    expect(result.trainCurve.values.at(-1)).toBeLessThan(result.trainCurve.values[0]! / 2);
  }, 180_000);

  test("eagerly as compiled: the losses are the same, and fall", async () => {
    const data = await loadDigits({ train: 16, test: 1, seed: 0 });
    const { images, labels } = data.train;
    const lossesOf = async (step: typeof plainTrainStep): Promise<number[]> => {
      using model = makeCnn();
      using optimizer = new Optimizer(model, adam(1e-3), { wrt: Param });
      const trainModel = view(model, { deterministic: false, useRunningAverage: false });
      const losses: number[] = [];
      for (let i = 0; i < 3; i++) {
        using loss = tf.tidy(() => step(trainModel, optimizer, images, labels));
        losses.push((await loss.data())[0]!);
      }
      return losses;
    };
    const eager = await lossesOf(plainTrainStep);
    const compiled = await lossesOf(trainStep);
    tf.dispose(data);
    expect(eager.every(Number.isFinite)).toBe(true);
    expect(eager[1]).toBeLessThan(eager[0]!);
    expect(eager[2]).toBeLessThan(eager[1]!);
    expect(Math.abs(eager[0]! / compiled[0]! - 1)).toBeLessThan(1e-4);
    // Adam divides by the size of the gradient: rounding of the smallest ones shows after a step.
    expect(Math.abs(eager[1]! / compiled[1]! - 1)).toBeLessThan(1e-2);
  }, 180_000);

  test("with flat memory over 1000 steps, and leaves no tensor behind", async () => {
    const data = await loadDigits({ train: 400, test: 20, seed: 0 });
    using model = makeCnn(TINY);
    const memory = () => {
      const { numTensors, numBytes } = tf.memory();
      return [numTensors, numBytes];
    };
    const before = memory();
    const atEpochEnds: number[][] = [];
    const watch = onLogs(({ step }) => void (step % 100 === 0 && atEpochEnds.push(memory())));
    await train(model, data, { epochs: 10, seed: 0, batchSize: 4, watch });
    expect(atEpochEnds).toHaveLength(10);
    expectFlat(atEpochEnds);
    // Fewer where weights have moved into the compiled step's memory.
    expect(memory()[0]).toBeLessThanOrEqual(before[0]!);
    expect(memory()[1]).toBeLessThanOrEqual(before[1]!);
    tf.dispose(data);
  }, 180_000);

  test("as a command that Ctrl-C ends with a summary and charts of what was done", async () => {
    const out = await mkdtemp(join(tmpdir(), "cnn-"));
    const [tensors, listeners] = [tf.memory().numTensors, process.listenerCount("SIGINT")];
    const { printed, stop } = captureConsole();
    const run = runCnn({ backend: "wasm", epochs: 1000, seed: 0, out }).finally(stop);
    await vi.waitUntil(() => process.listenerCount("SIGINT") > listeners, { timeout: 60_000 });
    await setTimeout(4000);
    process.kill(process.pid, "SIGINT");
    await run;
    expect(process.listenerCount("SIGINT")).toBe(listeners);

    const text = printed.join("\n");
    expect(text).toMatch(/Stopped early, after [\d.]+ epochs?\nTest accuracy: [\d.]+ %\nRecall by digit:\n/);
    expect(text).toContain(`Wrote ${join(out, "cnn-loss.svg")}`);
    expect(await readdir(out)).toEqual([
      "cnn-confusion.png",
      "cnn-confusion.svg",
      "cnn-loss.png",
      "cnn-loss.svg",
    ]);
    expect(tf.memory().numTensors).toBe(tensors);
    await rm(out, { recursive: true });
  }, 180_000);
});
