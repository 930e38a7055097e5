import { random } from "@nnx-js/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CumulativeSpec } from "../../../../src/steps/specs/ordering.ts";
import { emitCumulative } from "../../../../src/targets/wasm/routines/cumulative.ts";
import { emitPermutation } from "../../../../src/targets/wasm/routines/permutation.ts";
import { emitTopK } from "../../../../src/targets/wasm/routines/top-k.ts";
import { randomFloats, runRoutine } from "./run.ts";

describe("top k", () => {
  test.each(["f32", "i32"] as const)("of %s is what a stable sort gives, with ties by index", (lane) => {
    const specs = fc.record({
      rows: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 70 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      cuts: fc.constantFrom([], [0.5]),
    });
    fc.assert(
      fc.property(specs, ({ rows, size, part, cuts }) => {
        const k = 1 + Math.floor(part * (size - 1));
        const coarse = randomFloats(rows * size, size).map((x) => Math.round(20 * x) + 0);
        const x = lane === "f32" ? coarse : Int32Array.from(coarse);
        const values = lane === "f32" ? new Float32Array(rows * k) : new Int32Array(rows * k);
        const indices = new Int32Array(rows * k);
        runRoutine((module) => emitTopK(module, { rows, size, k, lane }), [x, values, indices], cuts);
        for (let row = 0; row < rows; row++) {
          const elements = [...x.subarray(row * size, (row + 1) * size)];
          const order = [...elements.keys()].sort((a, b) => elements[b]! - elements[a]! || a - b).slice(0, k);
          expect([...indices.subarray(row * k, (row + 1) * k)]).toEqual(order);
          expect([...values.subarray(row * k, (row + 1) * k)]).toEqual(order.map((i) => elements[i]));
        }
      }),
      { numRuns: 40 },
    );
  });
});

test("cumulative sums and products along any axis, either way, with and without the element itself", () => {
  const specs: fc.Arbitrary<CumulativeSpec> = fc.record({
    outer: fc.integer({ min: 1, max: 4 }),
    size: fc.integer({ min: 1, max: 9 }),
    inner: fc.integer({ min: 1, max: 10 }),
    operation: fc.constantFrom("sum", "product"),
    lane: fc.constantFrom("f32", "i32"),
    exclusive: fc.boolean(),
    reverse: fc.boolean(),
  });
  fc.assert(
    fc.property(specs, fc.constantFrom([], [0.5]), (spec, cuts) => {
      const { outer, size, inner, operation, exclusive, reverse } = spec;
      const numbers = randomFloats(outer * size * inner, 5);
      const x = spec.lane === "f32" ? numbers : Int32Array.from(numbers, (value) => 9 * value);
      const y = x.map(() => 77);
      runRoutine((module) => emitCumulative(module, spec), [x, y], cuts);
      const expected = x.map(() => 0);
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < inner; i++) {
          // Held in float64, so that long axes do not add up rounding errors.
          const total = Float64Array.of(operation === "sum" ? 0 : 1);
          for (let step = 0; step < size; step++) {
            const at = (o * size + (reverse ? size - 1 - step : step)) * inner + i;
            if (exclusive) expected[at] = total[0]!;
            total[0] = operation === "sum" ? total[0]! + x[at]! : total[0]! * x[at]!;
            if (!exclusive) expected[at] = total[0];
          }
        }
      expect(Array.from(y, (value) => value + 0)).toEqual(Array.from(expected, (value) => value + 0));
    }),
    { numRuns: 60 },
  );
});

describe("permutations", () => {
  /** 1 up to 1625 elements, 2 up to 2.6 million. */
  test.each([
    [1, 0],
    [7, 1],
    [1000, 1],
    [1700, 2],
  ])("of %d are those of eager mode", (count, rounds) => {
    const key = random.key(42);
    const expected = random.permutation(key, count);
    const words = Int32Array.from(key.dataSync());
    const order = new Int32Array(count);
    const spec = { count, rounds, gathers: false };
    runRoutine((module) => emitPermutation(module, spec), [words, order]);
    expect([...order]).toEqual([...expected.dataSync()]);
    const x = randomFloats(count);
    const y = new Float32Array(count);
    runRoutine((module) => emitPermutation(module, { ...spec, gathers: true }), [words, x, y]);
    expect([...y]).toEqual(Array.from(order, (i) => x[i]));
    key.dispose();
    expected.dispose();
  });
});
