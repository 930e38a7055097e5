/** @file In what pieces threads share a step. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf } from "../../../src/targets/wasm/emit/sharing.ts";

const step = { fn: { index: 0, name: "" }, scratchBytes: 0, work: 1e6, operands: [] };

test("chunks are all units, and no thread has more than in larger chunks", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 1, max: 7 }), (units, helpers) => {
      const { chunkUnits, chunks } = chunksOf({ ...step, units }, helpers);
      expect((chunks - 1) * chunkUnits).toBeLessThan(units);
      expect(chunks * chunkUnits).toBeGreaterThanOrEqual(units);
      const threads = helpers + 1;
      const longest = (size: number) => Math.ceil(Math.ceil(units / size) / threads) * size;
      expect(longest(chunkUnits)).toBeLessThanOrEqual(longest(Math.ceil(units / (4 * threads))));
    }),
  );
});

test("14 units of two threads are 7 for each", () => {
  expect(chunksOf({ ...step, units: 14 }, 1)).toEqual({ units: 14, chunkUnits: 1, chunks: 14 });
  expect(chunksOf({ ...step, units: 16 }, 1)).toEqual({ units: 16, chunkUnits: 2, chunks: 8 });
});

test("a thread alone takes pieces as one of two does, and what is small at once", () => {
  expect(chunksOf({ ...step, units: 16 }, 0)).toEqual({ units: 16, chunkUnits: 2, chunks: 8 });
  expect(chunksOf({ ...step, units: 16, work: 1000 }, 0).chunkUnits).toBe(0);
});
