/** @file Random programs of all dtypes on the GPU: integers exactly, floats but for roundings, NaN where it has to be. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Exact, OPERATIONS, SHAPE } from "./mixed-operations.ts";
import { choices, exactly, input } from "./mixed-program.ts";

/** How many programs, and which: `PROGRAMS=10000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 25, SEED = 11 } = globalThis.process?.env ?? {};

/** Whether GPUs may take a number for 0 that is not, since it is not normal. */
function isFlushed({ dtype, data }: Exact): boolean {
  return dtype === "float32" && data.some((x) => x !== 0 && Math.abs(x) < 2 ** -126);
}

function isAlike(found: number, exact: number): boolean {
  if (Number.isNaN(exact) || Number.isNaN(found)) return Number.isNaN(exact) && Number.isNaN(found);
  return found === exact || Math.abs(found - exact) <= 1e-6 * Math.abs(exact);
}

test("programs of mixed dtypes are exact", async () => {
  await fc.assert(
    fc.asyncProperty(input, input, choices, async (a, b, picks) => {
      const { steps, values } = exactly([a, b], picks);
      if (steps.length === 0 || [a, b, ...values].some(isFlushed)) return;
      const run = jit(
        (...xs: tf.Tensor[]) => {
          const all = [...xs];
          for (const { name, one, two, pick } of steps)
            all.push(OPERATIONS[name]!.tensor(all[one]!, all[two]!, pick));
          return all.slice(xs.length);
        },
        { target: "webgpu" },
      );
      const inputs = [a, b].map(({ dtype, data }) => tf.tensor([...data], SHAPE, dtype));
      const found = run(...inputs);
      const data = await Promise.all(found.map((tensor) => tensor.data()));
      run.dispose();
      tf.dispose([...inputs, ...found]);
      const text = steps.map(
        ({ name, one, two, pick }, i) => `%${i + 2} = ${name}(%${one}, %${two}) ${pick}`,
      );
      for (const [i, { dtype, data: exact }] of values.entries()) {
        const wrong = exact.findIndex((value, at) =>
          dtype === "float32" ? !isAlike(data[i]![at]!, value) : data[i]![at] !== value,
        );
        const message = () =>
          `${JSON.stringify([a, b], (_, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v))}\n${text.slice(0, i + 1).join("\n")}\n%${i + 2}[${wrong}] is ${data[i]![wrong]}, not ${exact[wrong]}`;
        expect(wrong < 0 ? undefined : message()).toBeUndefined();
      }
    }),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
