/** @file Random loops give what they give written out: values, gradients, and gradients of these. */
import { jit } from "@nnx-js/jit";
import { grad, scan, valueAndGrad, Variable } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { loops, type Operands, operandsOf, type RandomLoop, run, written } from "./random-loops.ts";

/** How many loops, and which: `PROGRAMS=5000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 8, SEED = 1 } = globalThis.process?.env ?? {};

type Wrap = <F extends (...args: never[]) => unknown>(fn: F) => F;

/** Value, gradients, gradients of the gradients' squares, and the Variable afterwards. */
function figures(loop: RandomLoop, how: typeof scan, wrap: Wrap): number[] {
  return tf.tidy(() => {
    const operands = operandsOf(loop, (shape, phase) => wave(shape, 1, phase));
    const keys = Object.keys(operands) as (keyof Operands)[];
    const given = keys.map((key) => operands[key]);
    const argnums = keys.map((_, i) => i);
    const statistic = new Variable(tf.scalar(0.25));
    const value = (...tensors: tf.Tensor[]) => {
      const named = Object.fromEntries(keys.map((key, i) => [key, tensors[i]!])) as unknown as Operands;
      return run(loop, named, statistic, how);
    };
    const all = (...tensors: tf.Tensor[]) => {
      const [loss, gradients] = valueAndGrad(value, { argnums })(...tensors);
      const second = grad(
        (...others: tf.Tensor[]) =>
          tf.addN(grad(value, { argnums })(...others).map((g) => tf.sum(tf.square(g)))),
        { argnums },
      )(...tensors);
      return [loss, ...gradients, ...second];
    };
    const results = wrap(all)(...given);
    const numbers = [...results, statistic.value].flatMap((tensor) => [...tensor.dataSync()]);
    statistic.dispose();
    return numbers;
  });
}

// webgpu cannot give values at once; there loops are written out.
const TARGETS = ["eager", "wasm", "kernels"] as const;

test.skipIf(inject("backend") === "webgpu").each(TARGETS)("loops equal what is written out: %s", (target) => {
  fc.assert(
    fc.property(loops, (loop) => {
      const expected = figures(loop, written, (fn) => fn);
      const found = figures(loop, scan, target === "eager" ? (fn) => fn : (fn) => jit(fn, { target }));
      expect(found.length).toBe(expected.length);
      const scale = Math.max(1, ...expected.map(Math.abs).filter(Number.isFinite));
      const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
      expect(worst <= 2e-5 * scale ? "" : `${JSON.stringify(loop)}: ${worst} of ${scale}`).toBe("");
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
