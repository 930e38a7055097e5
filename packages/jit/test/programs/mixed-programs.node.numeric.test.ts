/** @file Random programs of all dtypes give exactly what integers modulo 2^32 and float64, rounded, give. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { choices, exactly, input } from "./mixed-program.ts";
import { OPERATIONS, SHAPE } from "./mixed-operations.ts";

/** How many programs, and which: `PROGRAMS=10000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 200, SEED = 11 } = globalThis.process?.env ?? {};

// What runs is the program on the heap, whatever the backend: once is enough.
test.runIf(inject("backend") === "cpu")("programs of mixed dtypes are exact", () => {
  fc.assert(
    fc.property(input, input, choices, (a, b, picks) =>
      tf.tidy(() => {
        const { steps, values } = exactly([a, b], picks);
        if (steps.length === 0) return;
        const run = jit((...xs: tf.Tensor[]) => {
          const all = [...xs];
          for (const { name, one, two, pick } of steps)
            all.push(OPERATIONS[name]!.tensor(all[one]!, all[two]!, pick));
          return all.slice(xs.length);
        });
        const found = run(...[a, b].map(({ dtype, data }) => tf.tensor([...data], SHAPE, dtype)));
        run.dispose();
        const text = steps.map(
          ({ name, one, two, pick }, i) => `%${i + 2} = ${name}(%${one}, %${two}) ${pick}`,
        );
        // Zeros of either sign are equal.
        const plain = (data: ArrayLike<number>) => Array.from(data, (x) => x + 0);
        expect(
          found.map((tensor) => [tensor.dtype, plain(tensor.dataSync())]),
          text.join("\n"),
        ).toEqual(values.map(({ dtype, data }) => [dtype, plain(data)]));
      }),
    ),
    { numRuns: Number(RUNS), seed: Number(SEED) },
  );
});
