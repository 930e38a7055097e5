/** @file Random loops on the GPU give what JavaScript alone gives on the CPU: values, and their gradients. */
import { jit } from "@nnx-js/jit";
import { valueAndGrad } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, test } from "vitest";
import { Cell, compare, FLOATS, type Operands, operandsOf, run, type Turns, turns } from "./random-turns.ts";
import { ours, plain, type Ways } from "./ways.ts";

/** How many programs, and which: `PROGRAMS=500 SEED=3` tries others. */
const { PROGRAMS: RUNS = 4, SEED = 1 } = globalThis.process?.env ?? {};

afterEach(async () => {
  await useBackend("webgpu");
});

const NAMES = [...FLOATS, "n", "mask"] as const;
const ARGNUMS = FLOATS.map((_, i) => i + 1);

/** JavaScript's loop where the number of turns depends on values, which no list of launches can. */
const onGpu: Ways = { ...ours, whileLoop: (_, body, init) => body(body(init)) };
const onCpu: Ways = { ...plain, whileLoop: (_, body, init) => body(body(init)) };

type Function = (cell: Cell, ...tensors: tf.Tensor[]) => readonly [tf.Tensor, unknown];

async function figures(program: Turns, ways: Ways, wrap: (f: Function) => Function): Promise<number[]> {
  const value = (own: Cell, ...tensors: tf.Tensor[]) =>
    run(program, Object.fromEntries(NAMES.map((name, i) => [name, tensors[i]!])) as Operands, own, ways);
  const cell = new Cell(tf.scalar(0.25), 3);
  const operands = operandsOf(program);
  const f = wrap(valueAndGrad(value, { argnums: ARGNUMS }) as Function);
  const [result, gradients] = f(cell, ...NAMES.map((name) => operands[name]));
  const all = [result, ...(gradients as tf.Tensor[]), cell.statistic.value, cell.rngs.stream().count.value];
  const data = await Promise.all(all.map((tensor) => tensor.data()));
  tf.dispose([operands, result, gradients as tf.Tensor[]]);
  cell.dispose();
  return data.flatMap((elements) => [...elements]);
}

// oxlint-disable-next-line vitest/expect-expect -- `compare` throws
test("loops equal what is written out", async () => {
  await fc.assert(
    fc.asyncProperty(turns(9), async (program) => {
      await useBackend("cpu");
      const expected = await figures(program, onCpu, (f) => f);
      await useBackend("webgpu");
      const compiled: { dispose(): void }[] = [];
      const found = await figures(program, onGpu, (f) => {
        const made = jit(f, { target: "webgpu" });
        compiled.push(made);
        return made;
      });
      for (const each of compiled) each.dispose();
      compare(found, expected, () => JSON.stringify(program));
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
