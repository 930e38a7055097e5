/** @file Adapters learn what the frozen classifier cannot do, leave it alone and leak nothing. */
import { LoRA, LoRAParam, Rngs, RngState, state } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { loadDigits } from "../../src/digits/data.ts";
import type { DigitsSplit } from "../../src/digits/split.ts";
import { evaluate } from "../../src/digits/evaluate.ts";
import { DigitClassifier } from "../../src/digits/model.ts";
import { train } from "../../src/digits/train.ts";
import { adapt } from "../../src/lora/adapt.ts";
import { withAdapters } from "../../src/lora/adapters.ts";
import { rotate, rotateDigits } from "../../src/lora/rotate.ts";
import { runLora } from "../../src/lora/run.ts";
import { summarise } from "../../src/lora/summary.ts";
import { captureConsole } from "../console.ts";
import { expectFlat } from "../flat.ts";
import { onLogs } from "../on-logs.ts";

const backend = inject("backend");

/** All values of a model by path. */
async function valuesOf(model: DigitClassifier): Promise<Map<string, number[]>> {
  const entries = [...state(model)].map(async ([path, leaf]): Promise<[string, number[]]> => {
    const value = leaf instanceof tf.Tensor ? leaf : leaf.value;
    return [path.join("."), [...(await value.data())]];
  });
  return new Map(await Promise.all(entries));
}

test("a quarter turn clockwise moves the top row to the right column", async () => {
  const corner = tf.buffer([1, 784]);
  corner.set(1, 0, 0);
  corner.set(2, 0, 27);
  const turned = Array.from(await rotate(corner.toTensor() as tf.Tensor2D).data());
  expect([turned[27], turned[783]]).toEqual([1, 2]);
  expect(turned.reduce((sum, pixel) => sum + pixel, 0)).toBe(3);
});

describe.runIf(backend === "wasm")("on a part of the digits", () => {
  let upright: DigitsSplit;
  let rotated: DigitsSplit;
  let model: DigitClassifier;
  let adapted: DigitClassifier;
  beforeEach(async () => {
    upright = await loadDigits({ train: 1500, test: 300, seed: 0 });
    rotated = rotateDigits(upright);
    using rngs = new Rngs(0);
    model = new DigitClassifier({ widths: [64, 32], rngs });
    adapted = withAdapters(model, { rank: 8, rngs });
  });
  afterEach(() => {
    tf.dispose([upright, rotated]);
    adapted.dispose();
  });

  test("every dense layer gets an adapter that shares its Variables and changes no answer at first", async () => {
    expect(adapted.head).toBeInstanceOf(LoRA);
    const { baseModule } = adapted.head as unknown as LoRA<DigitClassifier["head"]>;
    expect(baseModule!.kernel).toBe(model.head.kernel);
    expect(model.head).not.toBeInstanceOf(LoRA);
    const paths = [...state(adapted, LoRAParam)].map(([path]) => path.join("."));
    expect(paths).toEqual(
      ["head", "hidden.0.linear", "hidden.1.linear"].flatMap((at) => [`${at}.loraA`, `${at}.loraB`]),
    );
    const evalModel = view(model, { deterministic: true, useRunningAverage: true });
    const images = tf.slice(upright.test.images, [0, 0], [5, 784]);
    await expect(adapted.forward(images)).toBeAllClose(evalModel.forward(images));
  });

  test("adapting teaches rotated digits, and changes the adapters only", async () => {
    await train(model, upright, { epochs: 2, seed: 0 });
    const evalModel = view(model, { deterministic: true, useRunningAverage: true });
    const answers = evalModel.forward(upright.test.images);
    const before = await valuesOf(adapted);
    const result = await adapt(adapted, rotated, { epochs: 4, seed: 0 });
    const after = await valuesOf(adapted);

    const changed = [...after.keys()].filter((path) => String(before.get(path)) !== String(after.get(path)));
    expect(changed).toEqual([...state(adapted, LoRAParam)].map(([path]) => path.join(".")));
    expect(state(adapted, RngState).size).toBeGreaterThan(0);
    await expect(evalModel.forward(upright.test.images)).toBeAllClose(answers, { rtol: 0, atol: 0 });

    expect(result.epochs).toEqual([0, 1, 2, 3, 4]);
    expect(result.accuracies[0]).toBeLessThan(0.35);
    expect(result.accuracies[4]).toBeGreaterThan(result.accuracies[0]! + 0.2);
    const { accuracy } = await evaluate(adapted, rotated.test);
    expect(result.accuracies[4]).toBe(accuracy);
  });

  test("a signal stops the run after the current step", async () => {
    const interrupt = new AbortController();
    const watch = onLogs(({ step }) => step === 15 && interrupt.abort());
    const options = { epochs: 50, seed: 0, signal: interrupt.signal, watch };
    const result = await adapt(adapted, rotated, options);
    expect(result).toMatchObject({ epochs: [0, 1], interrupted: true });
    expect(summarise(result, { upright: 0.9, adapterSize: 10, modelSize: 200 })).toMatch(
      /^Stopped early, after 1 epoch of training 10 of 200 parameters \(5\.0 %\)\nRotated digits, before: \d/,
    );
  });
});

test.runIf(backend === "wasm")(
  "memory is flat over 1000 steps, and a run leaves no tensor behind",
  async () => {
    const upright = await loadDigits({ train: 500, test: 20, seed: 0 });
    const rotated = rotateDigits(upright);
    using rngs = new Rngs(0);
    using model = new DigitClassifier({ widths: [16], rngs });
    using adapted = withAdapters(model, { rank: 2, rngs });
    const memory = () => {
      const { numTensors, numBytes } = tf.memory();
      return [numTensors, numBytes];
    };
    const before = memory();
    const atEpochEnds: number[][] = [];
    const watch = onLogs(({ step }) => void (step % 100 === 0 && atEpochEnds.push(memory())));
    await adapt(adapted, rotated, { epochs: 10, seed: 0, batchSize: 5, watch });
    expect(atEpochEnds).toHaveLength(10);
    expectFlat(atEpochEnds);
    expect(memory()).toEqual(before);
    tf.dispose([upright, rotated]);
  },
);

test.runIf(backend === "wasm")("the command prints the accuracies and writes a chart", async () => {
  const out = await mkdtemp(join(tmpdir(), "lora-"));
  const before = tf.memory().numTensors;
  const { printed, stop } = captureConsole();
  await runLora({ backend: "wasm", epochs: 1, seed: 0, out }).finally(stop);

  const text = printed.join("\n");
  const figures =
    /^After 1 epoch of training 12496 of 248026 parameters \(5\.0 %\)\n.* before: ([\d.]+) %\n.* after: +([\d.]+) %\nUpright.*: ([\d.]+) %/m;
  const [rotatedBefore, rotatedAfter, upright] = figures.exec(text)!.slice(1).map(Number);
  expect(rotatedBefore).toBeLessThan(30);
  expect(rotatedAfter).toBeGreaterThan(70);
  expect(upright).toBeGreaterThan(90);
  expect(text).toContain(`Wrote ${join(out, "lora-accuracy.svg")}`);
  expect(await readdir(out)).toEqual(["lora-accuracy.png", "lora-accuracy.svg"]);
  expect(tf.memory().numTensors).toBe(before);
  await rm(out, { recursive: true });
});
