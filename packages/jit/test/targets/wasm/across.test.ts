/** @file Rows and columns of the same elements are folded in one loop, with what is stored of these. */
import * as fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { Dtype } from "@nnx-js/nn/trace";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { GraphBuilder, runGraph } from "./graphs.ts";
import { prepare } from "./thread-workload.ts";

afterEach(() => vi.unstubAllGlobals());

type Shape = readonly [rows: number, columns: number];

interface Fold {
  readonly kernel: "Sum" | "Max" | "Min" | "Mean";
  /** 1 for the result of each row, 0 for that of each column. */
  readonly axis: 0 | 1;
}

/** The result of each fold of `g² + min(row, column)`, and, if they are stored, the elements, times `g` in its place. */
function folds([rows, columns]: Shape, list: readonly Fold[], isStored: boolean, dtype: Dtype = "float32") {
  const b = new GraphBuilder();
  const shape = [rows, columns];
  const g = b.parameter(shape, dtype);
  const [row, column] = [b.parameter([rows, 1], dtype), b.parameter([columns], dtype)];
  const square = b.kernel("Multiply", { a: g, b: g }, shape, {}, dtype);
  const least = b.kernel("Minimum", { a: row, b: column }, shape, {}, dtype);
  const x = b.kernel("Add", { a: square, b: least }, shape, {}, dtype);
  const results = list.map(({ kernel, axis }) =>
    b.kernel(kernel, { x }, [shape[1 - axis]!], { axis: [axis], reductionIndices: [axis] }, dtype),
  );
  if (!isStored) return b.graph(results);
  return b.graph([b.kernel("Multiply", { a: x, b: g }, shape), ...results], [0]);
}

const fold = fc.record<Fold>({
  kernel: fc.constantFrom("Sum", "Max", "Min", "Mean"),
  axis: fc.constantFrom(0, 1),
});

/** Both axes are folded, in either order. */
const list = fc
  .array(fold, { minLength: 2, maxLength: 4 })
  .filter((folds) => new Set(folds.map(({ axis }) => axis)).size === 2);

const shapes = fc.oneof(
  fc.tuple(fc.integer({ min: 60, max: 140 }), fc.integer({ min: 64, max: 140 })),
  fc.tuple(fc.constant(96), fc.constant(96)),
  fc.tuple(fc.integer({ min: 8, max: 12 }), fc.integer({ min: 512, max: 700 })),
  fc.tuple(fc.integer({ min: 1100, max: 1300 }), fc.integer({ min: 16, max: 70 })),
);

/** Numbers of [-1, 1) that are the same in every run. */
function numbers(size: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.fround((state >> 7) / 2 ** 24);
  });
}

const inputsOf = ([rows, columns]: Shape, seed: number) => [
  numbers(rows * columns, seed),
  numbers(rows, seed + 1),
  numbers(columns, seed + 2),
];

function exactly({ kernel, axis }: Fold, x: readonly number[], [rows, columns]: Shape): number[] {
  return Array.from({ length: axis === 1 ? rows : columns }, (_, at) => {
    const group =
      axis === 1 ? x.slice(at * columns, (at + 1) * columns) : x.filter((_, i) => i % columns === at);
    if (kernel === "Max" || kernel === "Min")
      return group.reduce((a, b) => Math[kernel === "Max" ? "max" : "min"](a, b));
    const sum = group.reduce((total, value) => total + value, 0);
    return kernel === "Sum" ? sum : sum / group.length;
  });
}

test("extremes are exact, sums as good as those of float64, what is stored is stored in place", () => {
  fc.assert(
    fc.property(
      shapes,
      list,
      fc.boolean(),
      fc.integer({ min: 1, max: 1000 }),
      (shape, list, isStored, seed) => {
        const inputs = inputsOf(shape, seed);
        const [g, row, column] = inputs as [number[], number[], number[]];
        const found = runGraph(folds(shape, list, isStored), inputs);
        const x = g.map((value, i) => {
          const least = Math.min(row[Math.floor(i / shape[1])]!, column[i % shape[1]]!);
          return Math.fround(Math.fround(value * value) + least);
        });
        const stored = isStored ? [x.map((value, i) => Math.fround(value * g[i]!))] : [];
        expect(found.splice(0, stored.length).join() === stored.join()).toBe(true);
        for (const [i, one] of list.entries()) {
          const exact = exactly(one, x, shape);
          const terms = one.kernel === "Sum" ? shape[one.axis] : 1;
          const allowed = one.kernel === "Max" || one.kernel === "Min" ? 0 : 2e-6 * terms;
          const worst = exact.reduce(
            (most, value, at) => Math.max(most, Math.abs(value - found[i]![at]!)),
            0,
          );
          expect(worst).toBeLessThanOrEqual(allowed);
          expect(found[i]).toHaveLength(exact.length);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("sums of int32 are exact modulo 2^32", () => {
  const shape = [70, 90] as const;
  const inputs = inputsOf(shape, 5).map((list) => list.map((value) => Math.trunc(value * 2 ** 31)));
  const [g, row, column] = inputs as [number[], number[], number[]];
  const x = g.map(
    (value, i) => (Math.imul(value, value) + Math.min(row[Math.floor(i / 90)]!, column[i % 90]!)) | 0,
  );
  const list: Fold[] = [1, 0].map((axis) => ({ kernel: "Sum", axis: axis as 0 | 1 }));
  const found = runGraph(folds(shape, list, false, "int32"), inputs);
  for (const [i, { axis }] of list.entries()) {
    const exact = Array.from({ length: shape[1 - axis]! }, () => 0);
    for (const [at, value] of x.entries()) {
      const place = axis === 1 ? Math.floor(at / 90) : at % 90;
      exact[place] = (exact[place]! + value) | 0;
    }
    expect(found[i]).toEqual(exact);
  }
});

test("NaN reaches the results of its row and of its column alone", () => {
  const shape = [67, 101] as const;
  const list: Fold[] = (["Sum", "Max", "Min"] as const).flatMap((kernel) =>
    ([1, 0] as const).map((axis) => ({ kernel, axis })),
  );
  const inputs = inputsOf(shape, 3);
  inputs[0]![23 * 101 + 100] = NaN;
  const found = runGraph(folds(shape, list, true), inputs).slice(1);
  for (const [i, { axis }] of list.entries()) {
    const places = [...found[i]!.keys()].filter((at) => Number.isNaN(found[i]![at]));
    expect(places).toEqual([axis === 1 ? 23 : 100]);
  }
});

test("one loop reads each element once, also of squares, and nothing is stored that is read in it alone", () => {
  const list: Fold[] = [
    { kernel: "Max", axis: 1 },
    { kernel: "Max", axis: 0 },
  ];
  for (const shape of [
    [96, 200],
    [176, 176],
  ] as const) {
    const program = compileWasm(folds(shape, list, true), new Heap(false));
    const lines = program
      .describe()
      .split("\n")
      .filter((line) => /map|reduce/.test(line));
    program.dispose();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/reduce\[\d+ x \d+\] max\(.*\) \| max across\(.*\) \| /);
  }
});

test("1, 2 and 4 threads give the same bits", async () => {
  const list: Fold[] = [
    { kernel: "Mean", axis: 0 },
    { kernel: "Max", axis: 1 },
    { kernel: "Sum", axis: 1 },
    { kernel: "Min", axis: 0 },
  ];
  const graphs = [folds([801, 515], list, true), folds([300, 1002], list, false)];
  const alone = graphs.map((graph) => prepare(graph, new Heap(false)).run());
  for (const threads of [2, 4]) {
    vi.stubGlobal("navigator", { hardwareConcurrency: threads });
    const heap = new Heap(true);
    for (const [i, graph] of graphs.entries()) {
      const { program, run } = prepare(graph, heap);
      await vi.waitUntil(
        () => {
          expect(run() === alone[i]).toBe(true);
          return program.helpers() === threads - 1;
        },
        { timeout: 60_000 },
      );
      for (let again = 0; again < 5; again++) expect(run() === alone[i]).toBe(true);
      program.dispose();
    }
  }
});
