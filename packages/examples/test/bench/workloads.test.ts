/** @file The workloads: compiled and operation by operation they learn the same, and what the plan of memory keeps to. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { compiledStep } from "../../src/bench/contenders/nnx.ts";
import { flopsIn, memoryIn, overhead } from "../../src/bench/jit-facts.ts";
import { WORKLOADS } from "../../src/bench/workloads/all.ts";
import { type Setup, setUp, stateBytes, stepOf, tearDown } from "../../src/bench/workloads/workload.ts";

// The backend of the benchmark; the others' eager steps take minutes.
beforeAll(async () => void (await useBackend("wasm")));

/** The losses of three steps from the same seed, with few rows: eager convolutions are slow. */
async function lossesOf(
  workload: (typeof WORKLOADS)[keyof typeof WORKLOADS],
  step: (...args: Parameters<ReturnType<typeof stepOf>>) => tf.Tensor,
): Promise<number[]> {
  const setup = setUp(workload, { batchSize: 2 });
  const { model, optimizer, x, y, rngs } = setup;
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) {
    using loss = step(model, optimizer, x, y, rngs);
    losses.push((await loss.data())[0]!);
  }
  tearDown(setup);
  return losses;
}

describe.each(Object.values(WORKLOADS))("$name", (workload) => {
  test("the compiled step has the losses of the eager one, dropout included", async () => {
    const step = stepOf(workload);
    const expected = await lossesOf(workload, (...args) => tf.tidy(() => step(...args)));
    using compiled = compiledStep(workload);
    const found = await lossesOf(workload, compiled);
    // Adam's first steps are as long for a gradient that is rounding error as for any other (a bias before a
    // BatchNorm has no other), so losses of later steps differ by more than their own rounding: those of the mlp on
    // cpu and on wasm, both eager, by 1e-4 in the second step and 6e-4 in the third.
    const bounds = [1e-5, 2e-4, 2e-3];
    for (const [i, loss] of expected.entries())
      expect(Math.abs(found[i]! - loss) / loss).toBeLessThan(bounds[i]!);
    expect(expected[2]).not.toBe(expected[0]);
  });
});

/** The compiled step's own account of itself, for a whole batch. */
function lowered({ model, optimizer, x, y, rngs }: Setup, name: "cnn" | "gpt"): string {
  using step = compiledStep(WORKLOADS[name]);
  return step.lower(model, optimizer, x, y, rngs);
}

test("memory is near what the order of steps needs", () => {
  for (const name of ["cnn", "gpt"] as const) {
    const setup = setUp(WORKLOADS[name]);
    const text = lowered(setup, name);
    const memory = memoryIn(text, setup);
    expect(memory.workspace).toBeGreaterThanOrEqual(memory.live);
    expect(memory.live).toBeGreaterThan(1e6);
    expect(overhead(memory), name).toBeLessThanOrEqual(1.3);
    expect(flopsIn(text), name).toBeGreaterThan(1e8);
    tearDown(setup);
  }
});

test("the state is each Variable once: weights, two moments, statistics, counts", () => {
  const setup = setUp(WORKLOADS.guide);
  const weights = 16 * 32 + 32 + 2 * 32 + 32 * 2 + 2;
  const statistics = 2 * 32;
  const bytes = stateBytes(setup) - 4 * (3 * weights + statistics);
  // The optimiser's counts and the random state: a few numbers.
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(64);
  tearDown(setup);
});
