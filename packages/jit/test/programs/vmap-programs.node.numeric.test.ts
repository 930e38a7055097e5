/** @file Random programs in lanes give what they give lane by lane: values, first and second gradients, compiled or not. */
import { jit } from "@nnx-js/jit";
import { vmap } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { describeProgram, largestOf, type Program, programs, runTensors } from "./program.ts";

const isGpu = inject("backend") === "webgpu";
/** How many programs, and which: `PROGRAMS=5000 SEED=3` tries others. A software GPU compiles each for seconds. */
const { PROGRAMS: RUNS = isGpu ? 2 : 30, SEED = 5 } = globalThis.process?.env ?? {};

const LANES = 3;

/** Which of the two inputs have lanes. */
const mapped = fc.constantFrom([true, true], [true, false], [false, true]);

/** Value, gradients, and the gradients of the sum of their squares. */
function derivatives(program: Program): (...xs: tf.Tensor[]) => tf.Tensor[] {
  const value = (...xs: tf.Tensor[]) =>
    // A program that never uses an input has no gradient there; the sum with nothing of it is zero.
    tf.add<tf.Scalar>(runTensors(program, xs), tf.addN(xs.map((x) => tf.sum(tf.mul(x, 0)))));
  const squares = (...xs: tf.Tensor[]) =>
    tf.addN<tf.Scalar>([
      ...tf
        .grads(value)(xs)
        .map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient))),
      ...xs.map((x) => tf.sum<tf.Scalar>(tf.mul(x, 0))),
    ]);
  return (...xs) => [value(...xs), ...tf.grads(value)(xs), ...tf.grads(squares)(xs)];
}

const numbers = async (tensors: tf.Tensor[]) => {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  return values.flatMap((each) => [...each]);
};

test("programs in lanes", async () => {
  await fc.assert(
    fc.asyncProperty(programs, mapped, async (program, isMapped) => {
      // What rounding does to such numbers says nothing about lanes.
      fc.pre(program.steps.length > 0 && largestOf(program) < 1e4);
      tf.engine().startScope();
      try {
        const once = program.inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
        const inputs = once.map((x, i) =>
          isMapped[i] ? tf.stack([x, tf.mul(x, 0.75), tf.reverse(tf.mul(x, -0.5))]) : x,
        );
        const lane = (n: number) =>
          inputs.map((x, i) => (isMapped[i] ? tf.gather(x, tf.scalar(n, "int32")) : x));
        const run = derivatives(program);
        const results = Array.from({ length: LANES }, (_, n) => run(...lane(n)));
        const expected = await numbers(
          results[0]!.map((_, i) => tf.stack(results.map((outputs) => outputs[i]!))),
        );
        const inLanes = vmap(run, { inAxes: isMapped.map((has) => (has ? 0 : null)) });
        const compiled = jit(inLanes);
        const scale = 1 + Math.max(...expected.filter(Number.isFinite).map(Math.abs));
        for (const result of [inLanes(...inputs), compiled(...inputs)]) {
          const found = await numbers(result);
          const off = found.findIndex((value, i) => {
            const wanted = expected[i]!;
            if (!Number.isFinite(wanted) || scale > 1e6) return false;
            return !(Math.abs(value - wanted) <= 1e-3 * scale);
          });
          expect(found.length).toBe(expected.length);
          if (off >= 0)
            throw new Error(`at ${off}: ${found[off]}, not ${expected[off]}, lanes ${isMapped.join()}\n${describeProgram(program)}`); // prettier-ignore
        }
        compiled.dispose();
      } finally {
        tf.engine().endScope();
      }
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
