/** @file Variances of what lies far from 0 lose hardly more on a GPU than on cpu, whose means are in float64. */
import { LayerNorm, Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { jit } from "../../../src/index.ts";
import { randomFloats } from "./products/floats.ts";

const ROWS = 16;

afterEach(async () => {
  await useBackend("webgpu");
});

/** In float64. */
function normalized(x: Float32Array, width: number): number[] {
  return Array.from({ length: ROWS }, (_, i) => {
    const row = [...x.subarray(i * width, (i + 1) * width)];
    const mean = row.reduce((sum, value) => sum + value) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
  }).flat();
}

test.each([
  [60, 100],
  [768, 100],
  [768, 1000],
  [3000, 300],
])("rows of %d numbers around %d", async (width, mean) => {
  const x = Float32Array.from(randomFloats(ROWS * width, 5), (value) => mean + value);
  const exact = normalized(x, width);
  const errorOn = async (backend: string) => {
    await useBackend(backend);
    const model = new LayerNorm(width, { rngs: new Rngs(0) });
    const apply = (model: LayerNorm, x: tf.Tensor) => model.forward(x);
    const compiled = jit(apply);
    const input = tf.tensor2d(x, [ROWS, width]);
    const y = (backend === "cpu" ? apply : compiled)(model, input);
    const values = await y.data();
    for (const part of [model, compiled, input, y]) part.dispose();
    return exact.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
  };
  const [onCpu, onGpu] = [await errorOn("cpu"), await errorOn("webgpu")];
  // A mean is rounded as a sum, and again as a quotient.
  expect(onGpu).toBeLessThan(2 * onCpu + 1e-6);
});
