/** @file Random programs: forward mode fits reverse mode, eager and compiled, and remat changes nothing. */
import { jit } from "@nnx-js/jit";
import { grad, hvp, jvp, remat, vjp } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { describeProgram, type Program, programs, runTensors } from "./program.ts";

const isGpu = inject("backend") === "webgpu";
/** How many programs, and which: `PROGRAMS=5000 SEED=3` tries others. A software GPU compiles each for seconds. */
const { PROGRAMS: RUNS = isGpu ? 2 : 10, SEED = 7 } = globalThis.process?.env ?? {};

/** The scalar of a program, its derivative in a direction both ways, and the product with its Hessian both ways. */
function figures(program: Program, xs: tf.Tensor[], t: tf.Tensor[]): tf.Tensor[] {
  // A program that never uses an input has no gradient there; the sum with nothing of it has.
  const f = (...ys: tf.Tensor[]) =>
    tf.add<tf.Scalar>(runTensors(program, ys), tf.addN(ys.map((y) => tf.sum(tf.mul(y, 0)))));
  const along = (directions: readonly tf.Tensor[]) =>
    tf.addN(directions.map((d, i) => tf.sum(tf.mul(d, t[i]!))));
  const [y, forward] = jvp(f, xs, t);
  const back = along(vjp(f, xs)[1](tf.scalar(1)));
  const again = along(grad(remat(f), { argnums: [0, 1] })(...xs));
  const product = along(hvp(f, xs, t));
  const gradient = (...ys: tf.Tensor[]) => jvp(f, ys, t)[1];
  const other = along(grad(gradient, { argnums: [0, 1] })(...xs));
  return [y, forward, back, again, product, other];
}

test("forward and reverse mode agree, eager and compiled", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      tf.engine().startScope();
      try {
        const xs = program.inputs.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
        const t = xs.map((x) => tf.add(tf.mul(tf.cos(x), 0.5), 0.1));
        using compiled = jit((xs: tf.Tensor[], t: tf.Tensor[]) => figures(program, xs, t), {
          name: "figures",
        });
        for (const found of [figures(program, xs, t), compiled(xs, t)]) {
          const values = await Promise.all(found.map((each) => each.data()));
          const [, forward, back, again, product, other] = values.map((each) => each[0]!);
          const near = (a: number, b: number) =>
            Object.is(a, b) ||
            !Number.isFinite(a) ||
            Math.abs(a - b) <= 2e-3 * (1 + Math.abs(a) + Math.abs(b));
          expect([near(forward!, back!), near(back!, again!), near(product!, other!)], describeProgram(program)).toEqual([true, true, true]); // prettier-ignore
        }
      } finally {
        tf.engine().endScope();
      }
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
