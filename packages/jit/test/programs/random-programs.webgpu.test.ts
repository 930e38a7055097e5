/** @file Random programs and their gradients are as exact on the GPU as float32 allows. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Array64 } from "./array.ts";
import {
  describeProgram,
  differentiateExactly,
  largestOf,
  type Program,
  programs,
  runExactly,
  runTensors,
} from "./program.ts";

/** How many programs, and which: `PROGRAMS=2000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 20, SEED = 7 } = globalThis.process?.env ?? {};

/** Value and gradients of a program, compiled, one after the other. */
async function run(program: Program, inputs: readonly Array64[]): Promise<number[]> {
  const compiled = jit(
    (...xs: tf.Tensor[]) => {
      // A program that never uses an input has no gradient there; the sum with nothing of it is zero.
      const touched = (...ys: tf.Tensor[]) =>
        tf.add<tf.Scalar>(runTensors(program, ys), tf.addN(ys.map((y) => tf.sum(tf.mul(y, 0)))));
      return [runTensors(program, xs), ...tf.grads(touched)(xs)];
    },
    { target: "webgpu" },
  );
  const tensors = inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
  const results = compiled(...tensors);
  const data = await Promise.all(results.map((tensor) => tensor.data()));
  tf.dispose([...tensors, ...results]);
  compiled.dispose();
  return data.flatMap((elements) => [...elements]);
}

/** The value and the gradients; undefined at a tie or a corner, where there is no derivative. */
function exactly(program: Program, inputs: readonly Array64[]): number[] | undefined {
  const gradients = differentiateExactly({ ...program, inputs });
  return gradients && [runExactly(program, inputs), ...gradients];
}

/** The neighbours of the inputs among float32 numbers: all a unit in the last place up, all down, alternately. */
function neighbours(inputs: readonly Array64[]): Array64[][] {
  const ulp = (value: number) => 2 ** (Math.floor(Math.log2(Math.abs(value) || 2 ** -20)) - 23);
  const signs = [() => 1, () => -1, (i: number) => (-1) ** i, (i: number) => -((-1) ** i)];
  return signs.map((sign) =>
    inputs.map(({ shape, data }) => ({
      shape,
      data: data.map((value, i) => value + sign(i) * ulp(value)),
    })),
  );
}

const errorOf = (found: readonly number[], exact: readonly number[]) =>
  Math.max(...exact.map((value, i) => Math.abs(found[i]! - value)));

test("programs and their gradients err by 1e-5 at most", async () => {
  let discarded = 0;
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const { inputs } = program;
      const exact = exactly(program, inputs);
      if (!exact) return;
      const found = await run(program, inputs);
      expect(found.length).toBe(exact.length);
      // Of a larger number in between, rounding alone leaves more.
      const bound = 1e-5 * Math.max(1, largestOf(program), ...exact.map(Math.abs));
      const error = errorOf(found, exact);
      if (error <= bound) return;
      const others = neighbours(inputs).map((each) => exactly(program, each));
      const isUnstable = others.some((other) => !other || errorOf(other, exact) > bound / 20);
      if (isUnstable) discarded++;
      const message = () => `${describeProgram(program)}\nerror ${error}, at most ${bound}`;
      expect(isUnstable ? undefined : message()).toBeUndefined();
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
  // Those that a change of an input by a unit in the last place moves far.
  expect(discarded).toBeLessThanOrEqual(Number(RUNS) / 10);
});
