/** @file Every snippet of the guide does what its comments say. */
import { BatchNorm, Dropout, Linear, Param, Rngs, state, toFlatState } from "@nnx-js/nn";
import golden from "@nnx-js/testing/golden/guide.json";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { displayModel } from "../../src/guide/snippets/own-model.ts";
import { attributeViews, NoisyLinear } from "../../src/guide/snippets/noisy-linear.ts";
import { printLayers } from "../../src/guide/snippets/print-layer.ts";
import { quickIntro } from "../../src/guide/snippets/quick-intro.ts";
import { addNoise } from "../../src/guide/snippets/recursive-map.ts";
import { trainWithTwoViews } from "../../src/guide/snippets/two-views.ts";
import { capture } from "../console.ts";

describe("quick intro", () => {
  let result: ReturnType<typeof quickIntro>;
  let printed: string[];
  beforeAll(() => {
    ({ result, printed } = capture(quickIntro));
  });

  test("the views differ in their modes, the model keeps its own", () => {
    expect(printed.slice(0, 2)).toEqual(["true", "true"]);
    const modes = (model: typeof result.model) => [
      model.layers[1].useRunningAverage,
      model.layers[2].deterministic,
    ];
    expect(modes(result.trainModel)).toEqual([false, false]);
    expect(modes(result.evalModel)).toEqual([true, true]);
    expect(modes(result.model)).toEqual([false, false]);
  });

  test("the views share the very same Variables", () => {
    expect(printed[2]).toBe("true");
    const variables = toFlatState(state(result.model));
    expect([...variables]).toHaveLength(6);
    expect(result.trainModel.layers[0].kernel).toBe(result.model.layers[0].kernel);
    expect(result.evalModel.layers[1].mean).toBe(result.model.layers[1].mean);
  });

  test("layers is a tuple with the type of each layer", () => {
    const [linear, norm, dropout] = result.trainModel.layers;
    expect([linear, norm, dropout].map(({ constructor }) => constructor)).toEqual([
      Linear,
      BatchNorm,
      Dropout,
    ]);
  });

  test("viewInfo prints the text of the comment", () => {
    expect(printed[3]).toBe(
      [
        "BatchNorm:",
        "  useRunningAverage?: boolean = false",
        "    if true, the stored batch statistics will be used instead of",
        "    computing the batch statistics on the input.",
        "Dropout:",
        "  deterministic?: boolean = false",
        "    if true, disables dropout masking.",
      ].join("\n"),
    );
  });

  test("a misspelt mode throws, naming the mode that was meant", () => {
    expect(printed).toHaveLength(5);
    expect(printed[4]).toContain("deterministc");
    expect(printed[4]).toMatch(/\bdeterministic\b/);
  });
});

test("display prints the tree of the model with shapes, counts and modes", () => {
  const { printed } = capture(displayModel);
  const text = printed.join("\n");
  for (const part of ["MyModel", "lin1", "do", "bn", "lin2", "deterministic", "useRunningAverage"]) {
    expect(text).toContain(part);
  }
  expect(text).toMatch(/16, ?32/);
  expect(text).toMatch(/32, ?2\b/);
  // 16 * 32 + 32, 32 + 32, 32 * 2 + 2 parameters.
  expect(text).toContain("674");
});

test("training with two views gives Flax's eval losses, and every tensor is freed", async () => {
  const before = tf.memory().numTensors;
  const evalResults = await trainWithTwoViews(2);
  expect(tf.memory().numTensors).toBe(before);
  await expect(tf.tensor1d(evalResults)).toBeAllClose(golden.eval_results.slice(0, 2), {
    rtol: 2e-4,
    atol: 0,
  });
});

describe("a module with a mode of its own", () => {
  let result: ReturnType<typeof printLayers>;
  let printed: string[];
  beforeAll(() => {
    ({ result, printed } = capture(printLayers));
  });

  test("only the view prints, the original stays silent", () => {
    expect(printed.filter((line) => line === "Hello, World!")).toHaveLength(1);
    expect(printed[0]).toBe("Hello, World!");
    expect(result.silent.msg).toBeUndefined();
  });

  test("viewInfo tells its mode", () => {
    expect(printed[1]).toBe(
      ["PrintLayer:", "  msg?: string", "    message to print; an empty one prints nothing"].join("\n"),
    );
  });
});

describe("withAttributes", () => {
  test("the training view adds noise, the other one does not, the original has no mode at all", async () => {
    const { noisy, trained, evaluated, filtered } = attributeViews(new Rngs(0));
    const [a, b] = [await trained.data(), await evaluated.data()];
    expect([...a]).not.toEqual([...b]);
    expect([...a].every((value, i) => Math.abs(value - b[i]!) < 1.5)).toBe(true);
    expect(noisy.layers.map(({ training }) => training)).toEqual([undefined, undefined]);
    expect(filtered.layers.map(({ training }) => training)).toEqual([true, true]);
    expect(() => noisy.forward(tf.ones([1, 4]))).toThrow("training is not set");
  });
});

describe("recursiveMap", () => {
  let result: ReturnType<typeof addNoise>;
  let printed: string[];
  beforeAll(() => {
    ({ result, printed } = capture(() => addNoise(new Rngs(0))));
  });

  test("every linear layer is wrapped and keeps its weights; the original model is unchanged", () => {
    const { plain, noisyModel } = result;
    const wrapped: unknown[] = [...noisyModel.layers];
    expect(wrapped.every((layer) => layer instanceof NoisyLinear)).toBe(true);
    expect(plain.layers.every((layer) => layer instanceof Linear)).toBe(true);
    const kernels = wrapped.map((layer) => (layer as NoisyLinear).linear.kernel);
    expect(kernels[0]).toBe(plain.layers[0].kernel);
    expect(kernels[1]).toBe(plain.layers[1].kernel);
  });

  test("the wrapped model runs, and its string shows the wrappers", () => {
    const rngs = new Rngs(1);
    const y = result.trainModel.forward(tf.ones([1, 4]), { rngs });
    expect(y.shape).toEqual([1, 2]);
    expect(printed).toHaveLength(1);
    expect(printed[0]?.match(/NoisyLinear/g)).toHaveLength(2);
  });

  test("no weight was made for the wrappers: only the original parameters exist", () => {
    expect([...toFlatState(state(result.noisyModel, Param))]).toHaveLength(4);
  });
});
