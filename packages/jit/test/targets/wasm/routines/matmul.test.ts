import fc from "fast-check";
import { expect, test } from "vitest";
import { emitBlocked } from "../../../../src/targets/wasm/routines/matmul/blocked.ts";
import { blockingOf } from "../../../../src/targets/wasm/routines/matmul/blocking.ts";
import { emitMatmul } from "../../../../src/targets/wasm/routines/matmul/matmul.ts";
import {
  type BatchDimension,
  foldBatches,
  type MatmulSpec,
  type Strides,
} from "../../../../src/steps/specs/matmul.ts";
import type { ModuleBuilder } from "../../../../src/targets/wasm/assembler/module-builder.ts";
import { addPlaces } from "./add-places.ts";
import { randomFloats, runRoutine } from "./run.ts";

interface Case {
  m: number;
  n: number;
  k: number;
  batch: number[];
  aTransposed: boolean;
  bTransposed: boolean;
  /** Whether all batches have the same matrix. */
  aShared: boolean;
  bShared: boolean;
  /** Elements between the end of a row and the next. */
  gap: number;
}

function strides(rows: number, columns: number, transposed: boolean, gap: number): Strides {
  return transposed ? { row: 1, column: rows + gap } : { row: columns + gap, column: 1 };
}

function specOf({ m, n, k, batch, aTransposed, bTransposed, aShared, bShared, gap }: Case): MatmulSpec {
  const sizes = {
    a: aTransposed ? k * (m + gap) : m * (k + gap),
    b: bTransposed ? n * (k + gap) : k * (n + gap),
    c: m * n,
  };
  let matrices = 1;
  const dimensions: BatchDimension[] = [];
  for (let d = batch.length - 1; d >= 0; d--) {
    const size = batch[d]!;
    dimensions.unshift({
      size,
      a: aShared ? 0 : matrices * sizes.a,
      b: bShared ? 0 : matrices * sizes.b,
      c: matrices * sizes.c,
    });
    matrices *= size;
  }
  return {
    m,
    n,
    k,
    batch: dimensions,
    a: strides(m, k, aTransposed, gap),
    b: strides(k, n, bTransposed, gap),
  };
}

/** The largest error of `c`, relative to the sum of the terms' magnitudes, each in float64. */
function error(spec: MatmulSpec, a: Float32Array, b: Float32Array, c: Float32Array): number {
  let worst = 0;
  const visit = (depth: number, atA: number, atB: number, atC: number) => {
    const dimension = spec.batch?.[depth];
    if (dimension) {
      for (let i = 0; i < dimension.size; i++)
        visit(depth + 1, atA + i * dimension.a, atB + i * dimension.b, atC + i * dimension.c);
      return;
    }
    for (let row = 0; row < spec.m; row++)
      for (let column = 0; column < spec.n; column++) {
        let [sum, magnitude] = [0, 1e-30];
        for (let term = 0; term < spec.k; term++) {
          const x = a[atA + row * spec.a.row + term * spec.a.column]!;
          const product = x * b[atB + term * spec.b.row + column * spec.b.column]!;
          sum += product;
          magnitude += Math.abs(product);
        }
        const off = Math.abs(c[atC + row * spec.n + column]! - sum) / magnitude;
        worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
      }
  };
  visit(0, 0, 0, 0);
  return worst;
}

function extent(spec: MatmulSpec, operand: "a" | "b", rows: number, columns: number): number {
  const { row, column } = spec[operand];
  const batches = (spec.batch ?? []).reduce(
    (sum, dimension) => sum + (dimension.size - 1) * dimension[operand],
    0,
  );
  return batches + (rows - 1) * row + (columns - 1) * column + 1;
}

function product(spec: MatmulSpec, cuts?: number[]) {
  const { m, n, k } = spec;
  const a = randomFloats(extent(spec, "a", m, k), 7);
  const b = randomFloats(extent(spec, "b", k, n), 11);
  const batches = (spec.batch ?? []).reduce((count, { size }) => count * size, 1);
  const c = new Float32Array(batches * m * n).fill(NaN);
  const routine = runRoutine((module) => emitMatmul(module, spec), [a, b, c], cuts);
  return { a, b, c, routine };
}

const cases: fc.Arbitrary<Case> = fc.record({
  m: fc.integer({ min: 1, max: 40 }),
  n: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 40 }),
  batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  aTransposed: fc.boolean(),
  bTransposed: fc.boolean(),
  aShared: fc.boolean(),
  bShared: fc.boolean(),
  gap: fc.nat(3),
});

test("products of any small size, transposition and batch are those of float64", () => {
  fc.assert(
    fc.property(cases, (sample) => {
      const spec = specOf(sample);
      const { a, b, c, routine } = product(spec);
      expect(error(spec, a, b, c)).toBeLessThan(1e-6);
      expect(routine.flops).toBe(2 * c.length * spec.k);
    }),
    { numRuns: 150 },
  );
});

test.each<[string, Partial<Case>]>([
  ["rows that are contiguous", {}],
  ["A transposed", { aTransposed: true }],
  ["B transposed", { bTransposed: true }],
  ["both transposed, in batches", { aTransposed: true, bTransposed: true, batch: [2] }],
  ["one row", { m: 1, n: 301 }],
  ["many terms", { m: 9, n: 10, k: 1601 }],
  ["many columns", { m: 70, n: 1003, k: 67 }],
])("large products with %s are those of float64, in any shares", (_, sizes) => {
  const base = { m: 131, n: 77, k: 290, batch: [], gap: 0 };
  const flags = { aTransposed: false, bTransposed: false, aShared: false, bShared: false };
  const spec = specOf({ ...base, ...flags, ...sizes });
  const { a, b, c } = product(spec);
  expect(error(spec, a, b, c)).toBeLessThan(1e-6);
  expect(product(spec, [0.3, 0.6]).c).toEqual(c);
});

test.each([
  [4, 2],
  [4, 3],
  [6, 2],
  [2, 6],
  [1, 12],
])("tiles of %d rows and %d vectors, whatever this engine has instructions for", (tileRows, tileVectors) => {
  const flags = { aTransposed: false, bTransposed: true, aShared: false, bShared: false };
  const spec = foldBatches(specOf({ m: 41, n: 59, k: 301, batch: [], gap: 1, ...flags }));
  const a = randomFloats(extent(spec, "a", spec.m, spec.k), 7);
  const b = randomFloats(extent(spec, "b", spec.k, spec.n), 11);
  const c = new Float32Array(spec.m * spec.n).fill(NaN);
  runRoutine(
    (module) => emitBlocked(module, spec, blockingOf(spec, { tileRows, tileVectors })),
    [a, b, c],
    [0.4],
  );
  expect(error(spec, a, b, c)).toBeLessThan(1e-6);
});

test("strides that are 1 in neither direction", () => {
  const spec: MatmulSpec = { m: 6, n: 5, k: 7, a: { row: 14, column: 2 }, b: { row: 15, column: 3 } };
  const { a, b, c } = product(spec);
  expect(error(spec, a, b, c)).toBeLessThan(1e-6);
});

test.each([32, 300])("an epilogue sees each element once, after all of %d terms, in any shares", (k) => {
  const [m, n] = [70, 43];
  const batch = [{ size: 3, a: m * k, b: k * n, c: m * n }];
  const spec = { m, n, k, a: { row: k, column: 1 }, b: { row: n, column: 1 }, batch };
  const plain = product(spec);
  const expected = plain.c.map((x, i) => Math.fround(x + i));
  for (const shares of [[], [0.3, 0.6]]) {
    const c = new Float32Array(3 * m * n);
    const emit = (module: ModuleBuilder) => emitMatmul(module, { ...spec, epilogue: addPlaces(n) });
    runRoutine(emit, [plain.a, plain.b, c], shares);
    expect(c).toEqual(expected);
  }
});
