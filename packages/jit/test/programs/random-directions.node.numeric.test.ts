/** @file Random loops go forward as gradients of what is written out say: in a direction, and gradients in one. */
import { jit } from "@nnx-js/jit";
import { grad, hvp, jvp } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { inject, test } from "vitest";
import { Cell, compare, FLOATS, numbersOf, operandsOf, run, turns, type Turns } from "./random-turns.ts"; // prettier-ignore
import { forwards, ours, plain, type Ways } from "./ways.ts";

/** How many programs, and which: `PROGRAMS=5000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 6, SEED = 1 } = globalThis.process?.env ?? {};

const ARGNUMS = FLOATS.map((_, i) => i);
type Scalars = (...floats: tf.Tensor[]) => tf.Scalar;

/** The scalar of a program, as a function of what has derivatives. */
function scalarOf(program: Turns, ways: Ways): Scalars {
  return (...floats) => {
    const given = Object.fromEntries(FLOATS.map((name, i) => [name, floats[i]!]));
    // What it writes would be written more often by one way of taking derivatives than by another.
    const cell = new Cell(tf.scalar(0.25), 3);
    return run(program, { ...operandsOf(program), ...given }, cell, forwards(ways));
  };
}

const along = (gradients: readonly tf.Tensor[], directions: readonly tf.Tensor[]) =>
  tf.addN(gradients.map((each, i) => tf.sum<tf.Scalar>(tf.mul(each, directions[i]!))));

// oxlint-disable-next-line vitest/expect-expect -- `compare` throws
test.skipIf(inject("backend") === "webgpu")("in a direction", () => {
  const property = (program: Turns, target: "wasm" | "kernels") => {
    const operands = operandsOf(program);
    const floats = FLOATS.map((name) => operands[name]);
    const directions = floats.map((x) => tf.mul(tf.cos(x), 0.4));
    // A loop that depends on what it reads has no gradient.
    const hasWhile = containsWhile(program);
    const written = scalarOf(program, plain);
    const gradients = (...given: tf.Tensor[]) => grad(written, { argnums: ARGNUMS })(...given);
    const slope = (...given: tf.Tensor[]) => along(gradients(...given), directions);
    const second = grad(slope, { argnums: ARGNUMS })(...floats);
    const expected = numbersOf([written(...floats), slope(...floats), ...(hasWhile ? [] : second)]);
    const f = scalarOf(program, ours);
    const forward = (floats: tf.Tensor[], directions: tf.Tensor[]) => [
      ...jvp(f, floats, directions),
      ...(hasWhile ? [] : hvp(f, floats, directions)),
    ];
    compare(numbersOf(forward(floats, directions)), expected, () => `eager: ${JSON.stringify(program)}`);
    using compiled = jit(forward, { target });
    const found = numbersOf(compiled(floats, directions));
    compare(found, expected, () => `${target}: ${JSON.stringify(program)}`);
  };
  fc.assert(
    fc.property(turns(4), fc.constantFrom("wasm", "wasm", "kernels"), (program, target) => {
      tf.tidy(() => property(program, target));
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});

/** Whether a program has a loop with a condition: found by running it with one that says so. */
function containsWhile(program: Turns): boolean {
  let found = false;
  const watching: Ways = { ...plain, whileLoop: (...args) => ((found = true), plain.whileLoop(...args)) };
  const operands = operandsOf(program);
  scalarOf(program, watching)(...FLOATS.map((name) => operands[name]));
  return found;
}
