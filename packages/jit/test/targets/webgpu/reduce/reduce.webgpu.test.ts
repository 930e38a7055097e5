import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Buffer, type Expr, type Lane, load } from "../../../../src/expr/expr.ts";
import { apply } from "../../../../src/expr/operations.ts";
import type { ReduceStep, Reducer } from "../../../../src/steps/step.ts";
import { reduceTasks } from "../../../../src/targets/webgpu/reduce/reduce.ts";
import { randomFloats, randomIntegers } from "../routines/numbers.ts";
import { type Elements, newBuffer, runTasks } from "../run-tasks.ts";

/** The elements of a row-major `[kept, reduced]`, or of `[reduced, kept]`, in the order of the loops of a step. */
function matrix(buffer: Buffer, lane: Lane, kept: number, reduced: number, isTransposed: boolean): Expr {
  if (!isTransposed || kept === 1 || reduced === 1) return load(buffer, lane);
  const segments = [
    { size: kept, stride: 1 },
    { size: reduced, stride: kept },
  ];
  return { kind: "load", lane, buffer, offset: 0, segments };
}

interface Case {
  readonly kept: number;
  readonly reduced: number;
  readonly isTransposed: boolean;
}

/** Folds `x` by each of `reducers` at once; gives the results, and how many tasks that took. */
async function folded<E extends Elements>(
  { kept, reduced, isTransposed }: Case,
  lane: Lane,
  reducers: readonly Reducer[],
  x: E,
  exprOf: (element: Expr) => Expr = (element) => element,
): Promise<{ results: E[]; tasks: number }> {
  const source = newBuffer(kept * reduced);
  const contents = new Map<Buffer, Elements>([[source, x]]);
  const results: E[] = [];
  const expr = exprOf(matrix(source, lane, kept, reduced, isTransposed));
  const reductions = reducers.map((reducer) => {
    const buffer = newBuffer(kept);
    const result = x.slice(0, kept).fill(7) as E;
    results.push(result);
    contents.set(buffer, result);
    return { reducer, expr, buffer };
  });
  const step: ReduceStep = { kind: "reduce", kept, reduced, reductions };
  const tasks = reduceTasks(step, newBuffer);
  await runTasks(tasks, contents);
  return { results, tasks: tasks.length };
}

function rowsOf({ kept, reduced, isTransposed }: Case, x: Elements): number[][] {
  return Array.from({ length: kept }, (_, k) =>
    Array.from({ length: reduced }, (_, r) => x[isTransposed ? r * kept + k : k * reduced + r]!),
  );
}

const sum = (row: readonly number[]) => row.reduce((total, value) => total + value, 0);

async function checkFloats(sizes: Case): Promise<number> {
  const x = randomFloats(sizes.kept * sizes.reduced, sizes.reduced).map((value) => 1 + value / 2);
  const { results, tasks } = await folded(sizes, "f32", ["sum", "max", "min"], x);
  // One comparison for all: there are many rows.
  const wrong = rowsOf(sizes, x).findIndex(
    (row, k) =>
      Math.abs(results[0]![k]! / sum(row) - 1) > 2 ** -23 ||
      results[1]![k] !== row.reduce((a, b) => Math.max(a, b)) ||
      results[2]![k] !== row.reduce((a, b) => Math.min(a, b)),
  );
  expect(wrong < 0 ? undefined : [wrong, ...results.map((result) => result[wrong])]).toBeUndefined();
  return tasks;
}

const cases: fc.Arbitrary<Case> = fc.record({
  kept: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 300 })),
  reduced: fc.oneof(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 10, max: 700 })),
  isTransposed: fc.boolean(),
});

describe("sums, maxima and minima", () => {
  test("of rows and columns of any length, several at once", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (sizes) => void (await checkFloats(sizes))),
      { numRuns: 6 },
    );
  });

  test.each([
    [65_537, 3, false],
    [65_537, 3, true],
    [257, 255, true],
    [3, 256, false],
    [129, 1001, true],
  ])("of %d by %d, transposed: %s", async (kept, reduced, isTransposed) => {
    expect(await checkFloats({ kept, reduced, isTransposed })).toBe(1);
  });

  test.each([
    [1, 1_000_003, false],
    [3, 100_003, false],
    [7, 50_021, true],
  ])("of %d by %d, transposed: %s, in two stages", async (kept, reduced, isTransposed) => {
    expect(await checkFloats({ kept, reduced, isTransposed })).toBe(2);
  });

  test.each([0.1])("of ten million times %d are rounded once", async (value) => {
    const sizes = { kept: 1, reduced: 10_000_019, isTransposed: false };
    const x = new Float32Array(sizes.reduced).fill(value);
    const { results } = await folded(sizes, "f32", ["sum"], x);
    expect(Math.abs(results[0]![0]! / (Math.fround(value) * sizes.reduced) - 1)).toBeLessThan(2 ** -23);
  });

  test("of what is infinite, and of what is nothing but roundings", async () => {
    const rows = [
      [Infinity, 1, 2, 3],
      [1, -Infinity, 2, -3e38],
      [Infinity, 1, -Infinity, 2],
      [NaN, 1, 2, 3],
      [1e8, 1, -1e8, 1e-8],
      [-0, -0, -0, -0],
    ];
    const x = Float32Array.from(rows.flat());
    const { results } = await folded({ kept: 6, reduced: 4, isTransposed: false }, "f32", ["sum"], x);
    expect([...results[0]!]).toEqual([Infinity, -Infinity, NaN, NaN, 1, 0]);
  });

  test("of special numbers", async () => {
    const rows = [
      [NaN, 1, 2],
      [1, -NaN, -Infinity],
      [-Infinity, -Infinity, -Infinity],
      [Infinity, Infinity, Infinity],
      [-0, 0, -0],
      [-0, -0, -0],
      [1e-45, -1e-45, 0],
    ];
    const x = Float32Array.from(rows.flat());
    const { results } = await folded({ kept: 7, reduced: 3, isTransposed: false }, "f32", ["max", "min"], x);
    expect([...results[0]!]).toEqual([NaN, NaN, -Infinity, Infinity, 0, -0, Math.fround(1e-45)]);
    expect([...results[1]!]).toEqual([NaN, NaN, -Infinity, Infinity, -0, -0, -Math.fround(1e-45)]);
  });
});

test("integers wrap, and have exact extremes", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (sizes) => {
      const x = randomIntegers(sizes.kept * sizes.reduced, -(2 ** 31), 2 ** 31, 3);
      const { results } = await folded(sizes, "i32", ["sum", "product", "max", "min"], x);
      for (const [k, row] of rowsOf(sizes, x).entries()) {
        const exact = [
          row.reduce((a, b) => (a + b) | 0),
          row.reduce((a, b) => Math.imul(a, b)),
          row.reduce((a, b) => Math.max(a, b)),
          row.reduce((a, b) => Math.min(a, b)),
        ];
        expect(results.map((result) => result[k])).toEqual(exact);
      }
    }),
    { numRuns: 3 },
  );
});

test("truth values: all and any", async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.constantFrom(2, 300), async (sizes, rare) => {
      const x = randomIntegers(sizes.kept * sizes.reduced, 0, rare).map((value) => Number(value > 0));
      const { results } = await folded(sizes, "bool", ["all", "any"], x);
      for (const [k, row] of rowsOf(sizes, x).entries()) {
        expect(results.map((result) => result[k])).toEqual([
          Number(row.every((value) => value === 1)),
          Number(row.some((value) => value === 1)),
        ]);
      }
    }),
    { numRuns: 3 },
  );
});

test("products, and sums of expressions with what the kept element determines", async () => {
  const sizes = { kept: 5, reduced: 70, isTransposed: false };
  const x = randomFloats(350).map((value) => 1 + value / 8);
  const { results } = await folded(sizes, "f32", ["product"], x);
  const shift = newBuffer(5);
  const shifts = randomFloats(5, 9);
  const [source, target] = [newBuffer(350), newBuffer(5)];
  const perRow: Expr = {
    kind: "load",
    lane: "f32",
    buffer: shift,
    offset: 0,
    segments: [
      { size: 5, stride: 1 },
      { size: 70, stride: 0 },
    ],
  };
  const difference = apply("f32.sub", load(source, "f32"), apply("f32.mul", perRow, perRow));
  const expr = apply("f32.mul", difference, difference);
  const squares = new Float32Array(5);
  const step: ReduceStep = {
    kind: "reduce",
    kept: 5,
    reduced: 70,
    reductions: [{ reducer: "sum", expr, buffer: target }],
  };
  await runTasks(reduceTasks(step, newBuffer), new Map([[source, x], [shift, shifts], [target, squares]])); // prettier-ignore
  for (const [k, row] of rowsOf(sizes, x).entries()) {
    expect(results[0]![k]! / row.reduce((a, b) => a * b)).toBeCloseTo(1, 5);
    const exact = sum(row.map((value) => (value - shifts[k]! ** 2) ** 2));
    expect(squares[k]! / exact).toBeCloseTo(1, 5);
  }
});
