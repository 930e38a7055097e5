/** @file Random programs and their gradients are as exact under jit as without. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { differentiateExactly, type Program, programs, runExactly, runTensors } from "./program.ts";

const RUNS = 120;

type Fn = (...xs: tf.Tensor[]) => tf.Tensor[];

/** Value and gradients of a program, one after the other. */
function run(program: Program, transform: (fn: Fn) => Fn): number[] {
  return tf.tidy(() => {
    const inputs = program.inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
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
    return transform(both)(...inputs).flatMap((tensor) => [...tensor.dataSync()]);
  });
}

const errorOf = (found: readonly number[], exact: readonly number[]) =>
  Math.max(...exact.map((value, i) => Math.abs(found[i]! - value)));

// webgpu cannot give values at once, and there jit replays the very kernels that eager code launches.
test.skipIf(inject("backend") === "webgpu").each(["wasm", "kernels"] as const)(
  "the target %s errs at most twice as much as eager code",
  (target) => {
    let discarded = 0;
    fc.assert(
      fc.property(programs, (program) => {
        const gradient = differentiateExactly(program);
        if (!gradient) {
          discarded++;
          return;
        }
        const exact = [runExactly(program, program.inputs), ...gradient];
        const eager = run(program, (fn) => fn);
        const compiled = run(program, (fn) => jit(fn, { target, fallback: "kernels" }));
        expect(compiled.length).toBe(exact.length);
        // Relative to the largest number around, whose rounding the others share.
        const scale = Math.max(1, ...exact.map(Math.abs));
        expect(errorOf(compiled, exact)).toBeLessThanOrEqual(2 * errorOf(eager, exact) + 1e-6 * scale);
      }),
      { numRuns: RUNS, seed: 7 },
    );
    // Those with an input at a tie or a corner.
    expect(discarded).toBeLessThan(RUNS / 2);
  },
);
