/** @file Random programs and their gradients are as exact under jit as without. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
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
const { PROGRAMS: RUNS = 120, SEED = 7 } = globalThis.process?.env ?? {};

type Fn = (...xs: tf.Tensor[]) => tf.Tensor[];

/** Value and gradients of a program, one after the other. */
function run(program: Program, inputs: readonly Array64[], transform: (fn: Fn) => Fn): number[] {
  return tf.tidy(() => {
    const tensors = inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
    const both = (...xs: tf.Tensor[]) => {
      const value = runTensors(program, xs);
      const zeros = xs.map((x) => tf.zerosLike(x));
      // A program that never uses an input has no gradient there; the sum with nothing of it is zero.
      const touched = (...ys: tf.Tensor[]) =>
        tf.add<tf.Scalar>(runTensors(program, ys), tf.addN(ys.map((y) => tf.sum(tf.mul(y, 0)))));
      return [
        value,
        ...tf
          .grads(touched)(xs)
          .map((gradient, i) => tf.add(gradient, zeros[i]!)),
      ];
    };
    return transform(both)(...tensors).flatMap((tensor) => [...tensor.dataSync()]);
  });
}

const errorOf = (found: readonly number[], exact: readonly number[]) =>
  Math.max(...exact.map((value, i) => Math.abs(found[i]! - value)));

/** What eager code gives, what is exact, and the distance. */
function eagerly(program: Program, inputs: readonly Array64[]) {
  const found = run(program, inputs, (fn) => fn);
  // At a tie or a corner there is no derivative, but the one-sided one that TensorFlow.js takes.
  const gradient = differentiateExactly({ ...program, inputs }) ?? found.slice(1);
  const exact = [runExactly(program, inputs), ...gradient];
  return { exact, error: errorOf(found, exact) };
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

// webgpu cannot give values at once, and there jit replays the very kernels that eager code launches.
test.skipIf(inject("backend") === "webgpu").each(["wasm", "kernels"] as const)(
  "the target %s errs at most twice as much as eager code",
  (target) => {
    let discarded = 0;
    fc.assert(
      fc.property(programs, (program) => {
        const { inputs } = program;
        const eager = eagerly(program, inputs);
        const compiled = run(program, inputs, (fn) => jit(fn, { target }));
        const { exact } = eager;
        expect(compiled.length).toBe(exact.length);
        // Of a larger number in between, rounding alone leaves more.
        const scale = Math.max(1, largestOf(program), ...exact.map(Math.abs));
        const error = errorOf(compiled, exact);
        const bound = 2 * eager.error + 1e-6 * scale;
        const isUnstable =
          error > bound &&
          neighbours(inputs).some((others) => errorOf(eagerly(program, others).exact, exact) > bound);
        if (isUnstable) discarded++;
        const message = () => `${describeProgram(program)}\nerror ${error}, at most ${bound}`;
        expect(isUnstable || error <= bound ? undefined : message()).toBeUndefined();
      }),
      { numRuns: Number(RUNS), seed: Number(SEED) },
    );
    // Those that a change of an input by a unit in the last place moves further than the bound.
    expect(discarded).toBeLessThan(Number(RUNS) / 20);
  },
);
