/** @file Forward passes are those of ONNX Runtime, and 8-bit weights are near. */
import { Linear, type Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { inject, expect, test } from "vitest";
import { INFERENCE, type InferenceCase } from "../../src/bench/inference/cases.ts";
import { compareInference, describeInference } from "../../src/bench/inference/compare-inference.ts";

const ONCE = { rounds: 1, turn: 0.1, seconds: 1 };

test.runIf(inject("backend") === "wasm")("all ways give the same, in a table", async () => {
  const before = tf.memory().numTensors;
  const found = await compareInference("mlp-1", ONCE);
  expect(found.unable).toEqual([]);
  expect(found.measurements.map(({ name }) => name)).toEqual([
    "nnx-js, jit",
    "nnx-js, eager",
    "onnxruntime-web",
    "onnxruntime-node",
  ]);
  expect(Object.values(found.differences).every((difference) => difference < 1e-5)).toBe(true);
  expect(describeInference(found)).toMatch(/^mlp-1: 784-512-512-10, batch 1\n.*x jit {2}differs by/);
  expect(tf.memory().numTensors).toBe(before);
});

test.runIf(inject("backend") === "wasm")("with 8-bit weights beside, and nnx-js alone", async () => {
  const cases = INFERENCE as Record<string, InferenceCase>;
  const known = cases["matvec-4096"]!;
  cases["matvec-4096"] = {
    ...known,
    create: (rngs: Rngs) => new Linear(64, 64, { rngs }),
    inputShape: [1, 64],
  };
  try {
    const { measurements, differences } = await compareInference("matvec-4096", { ...ONCE, own: true });
    expect(measurements.map(({ name }) => name)).toEqual([
      "nnx-js, jit",
      "nnx-js, jit, 8-bit weights",
      "nnx-js, eager",
    ]);
    expect(differences["nnx-js, jit, 8-bit weights"]).toBeGreaterThan(1e-4);
  } finally {
    cases["matvec-4096"] = known;
  }
});
