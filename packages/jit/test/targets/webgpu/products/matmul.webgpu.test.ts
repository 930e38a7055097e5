import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Buffer, type Expr, load } from "../../../../src/expr/expr.ts";
import { apply } from "../../../../src/expr/operations.ts";
import { contiguous } from "../../../../src/expr/segments.ts";
import {
  type BatchDimension,
  batchSize,
  type MatmulSpec,
  type Strides,
} from "../../../../src/steps/specs/matmul.ts";
import type { MapStep } from "../../../../src/steps/step.ts";
import { matrixProduct } from "../../../../src/targets/webgpu/products/matmul.ts";
import { strategyOf } from "../../../../src/targets/webgpu/products/strategy.ts";
import { productStepTasks } from "../../../../src/targets/webgpu/products/step-tasks.ts";
import { stored } from "../../../../src/targets/webgpu/products/result.ts";
import { slicesOf, tiledTask, TILES } from "../../../../src/targets/webgpu/products/tiled.ts";
import { newBuffer, runTasks } from "../run-tasks.ts";
import { randomFloats } from "./floats.ts";

/** The slow ones run once. */
const IN_NODE = typeof window === "undefined";

type Given = readonly [Buffer, Float32Array];

interface Case {
  m: number;
  n: number;
  k: number;
  batch?: number[];
  aTransposed?: boolean;
  bTransposed?: boolean;
  /** Whether all batches have the same matrix. */
  aShared?: boolean;
  bShared?: boolean;
  /** Elements between the end of a row and the next. */
  gap?: number;
}

function specOf({ m, n, k, batch = [], gap = 0, ...rest }: Case): MatmulSpec {
  const strides = (rows: number, columns: number, isTransposed = false): Strides =>
    isTransposed ? { row: 1, column: rows + gap } : { row: columns + gap, column: 1 };
  const [a, b] = [strides(m, k, rest.aTransposed), strides(k, n, rest.bTransposed)];
  const sizes = { a: m * a.row + k * a.column, b: k * b.row + n * b.column };
  let matrices = 1;
  const dimensions: BatchDimension[] = [];
  for (let d = batch.length - 1; d >= 0; d--) {
    const size = batch[d]!;
    dimensions.unshift({
      size,
      a: rest.aShared ? 0 : matrices * sizes.a,
      b: rest.bShared ? 0 : matrices * sizes.b,
      c: matrices * m * n,
    });
    matrices *= size;
  }
  return { m, n, k, batch: dimensions, a, b };
}

function extent({ m, n, k, batch = [], ...spec }: MatmulSpec, operand: "a" | "b"): number {
  const [rows, columns] = operand === "a" ? [m, k] : [k, n];
  const { row, column } = spec[operand];
  const batches = batch.reduce((sum, dimension) => sum + (dimension.size - 1) * dimension[operand], 0);
  return batches + (rows - 1) * row + (columns - 1) * column + 1;
}

/** Calls `visit` for each element of the result, with its value and the sum of its terms' magnitudes, in float64. */
function eachElement(
  { m, n, k, batch = [], a: ofA, b: ofB }: MatmulSpec,
  a: Float32Array,
  b: Float32Array,
  visit: (place: number, sum: number, magnitude: number) => void,
): void {
  const matrix = (depth: number, atA: number, atB: number, atC: number): void => {
    const dimension = batch[depth];
    if (dimension) {
      for (let i = 0; i < dimension.size; i++)
        matrix(depth + 1, atA + i * dimension.a, atB + i * dimension.b, atC + i * dimension.c);
      return;
    }
    for (let row = 0; row < m; row++)
      for (let column = 0; column < n; column++) {
        let [sum, magnitude] = [0, 1e-30];
        for (let term = 0; term < k; term++) {
          const x = a[atA + row * ofA.row + term * ofA.column]!;
          const product = x * b[atB + term * ofB.row + column * ofB.column]!;
          sum += product;
          magnitude += Math.abs(product);
        }
        visit(atC + row * n + column, sum, magnitude);
      }
  };
  matrix(0, 0, 0, 0);
}

/** The product of `a` and `b`, computed by the tasks of its step. */
async function multiply(spec: MatmulSpec, a: Float32Array, b: Float32Array): Promise<Float32Array> {
  const batches = batchSize(spec.batch ?? []);
  const c = new Float32Array(batches * spec.m * spec.n).fill(NaN);
  const given = [a, b, c].map((elements) => [newBuffer(elements.length), elements] as const);
  const step = { label: "matmul", operands: given.map(([buffer]) => ({ buffer, offset: 0 })) };
  const tasks = productStepTasks({ kind: "matmul", ...spec }, step, newBuffer);
  await runTasks(tasks, new Map(given));
  return c;
}

/** The largest error, relative to the sum of the terms' magnitudes. */
async function errorOf(given: Case): Promise<number> {
  const spec = specOf(given);
  const [a, b] = [randomFloats(extent(spec, "a"), 7), randomFloats(extent(spec, "b"), 11)];
  const c = await multiply(spec, a, b);
  let worst = 0;
  eachElement(spec, a, b, (place, sum, magnitude) => {
    const off = Math.abs(c[place]! - sum) / magnitude;
    worst = Math.max(worst, Number.isNaN(off) ? Infinity : off);
  });
  return worst;
}

const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(7, 8, 9, 63, 64, 65));

test("products of any small size, transposition and batch are those of float64", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        m: size,
        n: size,
        k: fc.oneof(size, fc.constantFrom(4, 5, 16, 17, 127, 257)),
        batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
        aTransposed: fc.boolean(),
        bTransposed: fc.boolean(),
        aShared: fc.boolean(),
        bShared: fc.boolean(),
        gap: fc.nat(3),
      }),
      async (sample) => {
        expect(await errorOf(sample)).toBeLessThan(1e-6);
      },
    ),
    { numRuns: 25 },
  );
});

/** The strategy, as text. */
function described(sample: Case): string {
  const place = { buffer: newBuffer(1), offset: 0 };
  const strategy = strategyOf(matrixProduct(specOf(sample), place, place));
  const how = strategy.kind === "tiles" ? strategy.tile.size : strategy.columns;
  return `${strategy.kind} ${how}${strategy.chunks > 1 ? ` x${strategy.chunks}` : ""}`;
}

describe.runIf(IN_NODE)("every strategy, on both sides of its borders", () => {
  test.each<[string, Case]>([
    ["single 256", { m: 33, n: 70, k: 1 }],
    ["single 256", { m: 20, n: 300, k: 4, aTransposed: true }],
    ["single 256", { m: 60, n: 70, k: 16, bTransposed: true }],
    ["single 256", { m: 8, n: 8, k: 64, batch: [9] }],
    ["few rows 8", { m: 1, n: 65, k: 255 }],
    ["few rows 8", { m: 8, n: 300, k: 257, bShared: true, batch: [2], aTransposed: true }],
    ["few rows 1", { m: 7, n: 255, k: 256, bTransposed: true }],
    ["few rows 32", { m: 2, n: 8190, k: 33 }],
    ["single 256", { m: 30, n: 40, k: 32 }],
    ["few rows 1 x3", { m: 1, n: 1, k: 3500, bTransposed: true }],
    ["few columns 1", { m: 64, n: 1, k: 257 }],
    ["few columns 8", { m: 63, n: 3, k: 129, aTransposed: true }],
    ["few columns 8 x2", { m: 65, n: 8, k: 2100, aTransposed: true }],
    ["tiles 16", { m: 9, n: 9, k: 33 }],
    ["tiles 16", { m: 65, n: 255, k: 65, aTransposed: true, bTransposed: true }],
    ["tiles 16 x4", { m: 16, n: 17, k: 4100, aTransposed: true }],
    ["tiles 32", { m: 257, n: 128, k: 33, batch: [4] }],
    ["tiles 64", { m: 257, n: 257, k: 63, batch: [6], bTransposed: true }],
    ["tiles 128", { m: 257, n: 257, k: 17, batch: [15], aTransposed: true }],
    ["tiles 32", { m: 512, n: 512, k: 512 }],
  ])("%s: %o", async (strategy, sample) => {
    expect(described(sample)).toBe(strategy);
    expect(await errorOf(sample)).toBeLessThan(1e-6);
  });
});

describe.runIf(IN_NODE)("long sums of one sign", () => {
  test.each<[string, Case]>([
    ["rows along columns", { m: 1, n: 3, k: 1_000_000 }],
    ["rows along terms", { m: 2, n: 2, k: 1_000_000, bTransposed: true }],
    ["tiles", { m: 9, n: 10, k: 300_000, aTransposed: true }],
  ])("%s", async (_, sample) => {
    const spec = specOf(sample);
    const a = randomFloats(extent(spec, "a"), 7).map((value) => 0.1 + 0.01 * Math.abs(value));
    const b = new Float32Array(extent(spec, "b")).fill(0.3);
    const c = await multiply(spec, a, b);
    const { m, n, k } = spec;
    const sums = Array.from({ length: m }, (_, row) => {
      let sum = 0;
      for (let term = 0; term < k; term++) sum += a[row * spec.a.row + term * spec.a.column]! * b[0]!;
      return sum;
    });
    const worst = c.reduce(
      (most, value, i) => Math.max(most, Math.abs(value / sums[Math.floor(i / n)]! - 1)),
      0,
    );
    expect(worst).toBeLessThan(3e-6);
  });
});

test.each(TILES)(
  "sums of one invocation that are too long for one block, in tiles of $size",
  async (tile) => {
    const [m, n, k] = [5, 6, 2500 * slicesOf(tile)];
    const given = [m * k, k * n, m * n].map(
      (length) => [newBuffer(length), new Float32Array(length)] as const,
    );
    const [[ofA, a], [ofB, b], [ofC, c]] = given as unknown as [Given, Given, Given];
    a.fill(0.1);
    b.fill(0.3);
    const spec = specOf({ m, n, k, aTransposed: true });
    const product = matrixProduct(spec, { buffer: ofA, offset: 0 }, { buffer: ofB, offset: 0 });
    await runTasks([tiledTask("matmul", product, { tile, chunks: 1 }, stored(ofC))], new Map(given));
    const expected = k * Math.fround(0.1) * Math.fround(0.3);
    expect(c.every((value) => Math.abs(value / expected - 1) < 3e-6)).toBe(true);
  },
);

describe("NaN and infinities stay in their rows and columns", () => {
  test.each<Case>([
    { m: 5, n: 6, k: 3 },
    { m: 3, n: 70, k: 37 },
    { m: 70, n: 3, k: 37 },
    { m: 17, n: 19, k: 37 },
    { m: 70, n: 67, k: 1100, aTransposed: true },
    { m: 17, n: 19, k: 37, batch: [3], bTransposed: true },
  ])("%o", async (sample) => {
    const spec = specOf(sample);
    const { m, n, k } = spec;
    const [a, b] = [randomFloats(extent(spec, "a"), 7), randomFloats(extent(spec, "b"), 11)];
    // The last elements: those behind them are of the next row, or of nobody.
    a[(m - 1) * spec.a.row + (k - 1) * spec.a.column] = NaN;
    b[(k - 1) * spec.b.row + (n - 1) * spec.b.column] = Infinity;
    const c = await multiply(spec, a, b);
    const kinds = Array.from(c.subarray(0, m * n), (value) => Number.isFinite(value));
    const expected = Array.from({ length: m * n }, (_, i) => i < (m - 1) * n && i % n < n - 1);
    expect(kinds).toEqual(expected);
    expect(Array.from(c.subarray((m - 1) * n, m * n)).every(Number.isNaN)).toBe(true);
    expect(c.subarray(m * n).every(Number.isFinite)).toBe(true);
  });
});

describe("an epilogue works on results that are in registers", () => {
  test.each<Case>([
    { m: 5, n: 6, k: 3 },
    { m: 3, n: 70, k: 37 },
    { m: 70, n: 3, k: 37 },
    { m: 17, n: 19, k: 37, batch: [2] },
    { m: 65, n: 66, k: 17, batch: [33] },
    { m: 17, n: 19, k: 2100 },
  ])("%o", async (sample) => {
    const spec = specOf(sample);
    const [a, b] = [randomFloats(extent(spec, "a"), 7), randomFloats(extent(spec, "b"), 11)];
    const plain = await multiply(spec, a, b);
    const { n } = spec;
    const size = plain.length;
    const [bias, residual] = [randomFloats(n, 3), randomFloats(size, 5)];
    const outputs = [0, 1, 2].map(() => new Float32Array(size).fill(NaN));
    const given = [a, b, ...outputs, bias, residual].map(
      (elements) => [newBuffer(elements.length), elements] as const,
    );
    const [ofA, ofB, ofC, ofBiased, ofAdded, ofBias, ofResidual] = given.map(([buffer]) => buffer) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const repeated: Expr = {
      kind: "load",
      lane: "f32",
      buffer: ofBias,
      offset: 0,
      segments: [
        { size: size / n, stride: 0 },
        { size: n, stride: 1 },
      ],
    };
    const biased = apply("f32.add", load(ofC, "f32"), repeated);
    const finish: MapStep = {
      kind: "map",
      size,
      stores: [
        { buffer: ofBiased, layout: contiguous(size), expr: biased },
        {
          buffer: ofAdded,
          layout: contiguous(size),
          expr: apply("f32.mul", load(ofBiased, "f32"), load(ofResidual, "f32")),
        },
      ],
    };
    const step = {
      label: "matmul",
      operands: [ofA, ofB, ofC].map((buffer) => ({ buffer, offset: 0 })),
      finish,
    };
    for (const isNeeded of [false, true]) {
      const tasks = productStepTasks({ kind: "matmul", ...spec }, step, newBuffer, {
        isNeeded: () => isNeeded,
      });
      expect(tasks.at(-1)!.writes.includes(ofC)).toBe(isNeeded);
      await runTasks(tasks, new Map(given));
      const sums = plain.map((value, i) => value + bias[i % n]!);
      expect(outputs[1]).toEqual(sums);
      expect(outputs[2]).toEqual(sums.map((value, i) => value * residual[i]!));
      expect(outputs[0]).toEqual(isNeeded ? plain : plain.map(() => NaN));
    }
  });
});
