import fc from "fast-check";
import { expect, test } from "vitest";
import { scatter } from "../../../../src/targets/webgpu/routines/scatter.ts";
import type { ScatterSpec } from "../../../../src/steps/specs/scatter.ts";
import { randomFloats, randomIntegers, runRoutine } from "./numbers.ts";

/** Scatters some rows, a few of which are outside, and compares with plain loops; gives the number of tasks. */
async function check(spec: ScatterSpec, only?: number): Promise<number> {
  const { rows, inner, limit, lane, mode } = spec;
  const indices =
    only === undefined ? randomIntegers(rows, -1, limit + 1, rows) : new Int32Array(rows).fill(only);
  const numbers = randomFloats(rows * inner, 3);
  const updates = lane === "f32" ? numbers : Int32Array.from(numbers, (x) => x * 2 ** 31);
  // Sums begin at nothing; what is not put anywhere stays.
  const table = lane === "f32" ? new Float32Array(limit * inner) : new Int32Array(limit * inner);
  if (mode === "set") table.fill(7);
  const expected = Array.from(table);
  for (let row = 0; row < rows; row++) {
    const index = indices[row]!;
    if (index < 0 || index >= limit) continue;
    for (let column = 0; column < inner; column++) {
      const at = index * inner + column;
      const value = updates[row * inner + column]!;
      expected[at] =
        mode === "set" ? value : lane === "f32" ? expected[at]! + value : (expected[at]! + value) | 0;
    }
  }
  const tasks = await runRoutine(
    ([a, b, c], temporaries) => scatter(spec, [a!, b!, c!], temporaries),
    updates,
    indices,
    table,
  );
  const bound = lane === "i32" || mode === "set" ? 0 : 1e-6 * Math.sqrt(rows);
  const wrong = table.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= bound));
  expect(wrong < 0 ? undefined : [wrong, table[wrong], expected[wrong]]).toBeUndefined();
  return tasks.length;
}

test("rows are added and put as plain loops do it", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 300 }),
        inner: fc.constantFrom(1, 2, 33),
        limit: fc.integer({ min: 1, max: 400 }),
        lane: fc.constantFrom("f32", "i32"),
        mode: fc.constantFrom("add", "set"),
      }),
      async (spec) => void (await check(spec)),
    ),
    { numRuns: 8 },
  );
});

test.each([
  ["many into few rows of a large table", { rows: 3000, inner: 3, limit: 2000 }],
  ["into few of many rows", { rows: 2000, inner: 3, limit: 6000 }],
] as const)("sorted ones, %s", async (_, sizes) => {
  expect(await check({ ...sizes, lane: "f32", mode: "add" })).toBeGreaterThan(1);
  expect(await check({ ...sizes, lane: "f32", mode: "set" })).toBeGreaterThan(1);
});

test("sums of many updates of one row are added in pieces", async () => {
  await check({ rows: 65_537, inner: 1, limit: 10, lane: "f32", mode: "add" });
  await check({ rows: 65_537, inner: 1, limit: 5000, lane: "f32", mode: "add" }, 4321);
});
