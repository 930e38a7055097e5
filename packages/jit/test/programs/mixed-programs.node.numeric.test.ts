/** @file Random programs of all dtypes give exactly what integers modulo 2^32 and float64, rounded, give. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, inject, test } from "vitest";
import { type Exact, SHAPE, PLACES, ORDER, held, OPERATIONS } from "./mixed-operations.ts";

/** How many programs, and which: `PROGRAMS=10000 SEED=3` tries others. */
const { PROGRAMS: RUNS = 200, SEED = 11 } = globalThis.process?.env ?? {};

const EDGES = [0, 1, -1, 2, 3, 7, 16_777_217, -16_777_217, 65_537, 46_341, 2 ** 31 - 1, -(2 ** 31), 1000];
const FLOATS = [0.5, -0.5, 1.75, -3.25, 1e-40, 5e-8, 3e9, -3e9, 1e20, NaN, Infinity, -Infinity, 0.1];

const input: fc.Arbitrary<Exact> = fc.constantFrom(...ORDER).chain((dtype) => {
  const whole = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: -50, max: 50 }));
  const element =
    dtype === "bool" ? fc.nat(1) : dtype === "int32" ? whole : fc.oneof(whole, fc.constantFrom(...FLOATS));
  return fc
    .array(element, { minLength: PLACES.length, maxLength: PLACES.length })
    .map((data): Exact => ({ dtype, data: data.map((x) => held(x, dtype)) }));
});

type Choice = readonly [which: number, first: number, second: number, pick: number];

const choices = fc.array(fc.tuple(fc.nat(9999), fc.nat(999), fc.nat(999), fc.nat(999)), {
  minLength: 1,
  maxLength: 12,
});

/** The program as operations that suit their operands, and all its values. */
function exactly(inputs: readonly Exact[], picks: readonly Choice[]) {
  const values = [...inputs];
  const names = Object.keys(OPERATIONS);
  const steps: { name: string; one: number; two: number; pick: number }[] = [];
  for (const [which, first, second, pick] of picks) {
    const one = first % 2 === 0 ? values.length - 1 : first % values.length;
    const two = second % values.length;
    const name = names[which % names.length]!;
    const { fits = () => true, exact } = OPERATIONS[name]!;
    if (!fits(values[one]!, values[two]!)) continue;
    steps.push({ name, one, two, pick });
    values.push(exact(values[one]!, values[two]!, pick));
  }
  return { steps, values: values.slice(inputs.length) };
}

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
