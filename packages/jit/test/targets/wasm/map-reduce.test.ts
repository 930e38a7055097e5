import * as fc from "fast-check";
import { expect, test } from "vitest";
import { GraphBuilder, runGraph } from "./graphs.ts";

function numbers(size: number, phase = 0): number[] {
  return Array.from({ length: size }, (_, i) => Math.fround(Math.sin(1.7 * i + 0.3 + phase)));
}

function expectClose(actual: readonly number[], expected: readonly number[], scale = 1): void {
  expect(actual.length).toBe(expected.length);
  const worst = expected.reduce(
    (error, value, i) => Math.max(error, Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value))),
    0,
  );
  expect(worst).toBeLessThanOrEqual(2e-6 * scale);
}

/** Sums of `x` [rows, columns] over rows, and over columns. */
function sums(x: readonly number[], rows: number, columns: number): [number[], number[]] {
  const ofColumns = Array.from({ length: columns }, () => 0);
  const ofRows = Array.from({ length: rows }, () => 0);
  for (const [i, value] of x.entries()) {
    ofColumns[i % columns]! += value;
    ofRows[Math.floor(i / columns)]! += value;
  }
  return [ofColumns, ofRows];
}

test("chains, transposes and reductions of matrices of any size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 }), (rows, columns) => {
      const g = new GraphBuilder();
      const x = g.parameter([rows, columns]);
      const y = g.parameter([columns]);
      const product = g.kernel("Multiply", { a: x, b: y }, [rows, columns]);
      const relu = g.kernel("Relu", { x: g.kernel("Add", { a: product, b: x }, [rows, columns]) }, [
        rows,
        columns,
      ]);
      const outputs = [
        relu,
        g.kernel("Transpose", { x: relu }, [columns, rows], { perm: [1, 0] }),
        g.kernel("Sum", { x: relu }, [columns], { axis: [0] }),
        g.kernel("Sum", { x: relu }, [rows], { axis: [1] }),
        g.kernel("Max", { x: product }, [], { reductionIndices: [0, 1] }),
      ];
      const [xs, ys] = [numbers(rows * columns), numbers(columns, 1)];
      const [elements, across, ofColumns, ofRows, max] = runGraph(g.graph(outputs), [xs, ys]);
      const products = xs.map((value, i) => value * ys[i % columns]!);
      const expected = products.map((value, i) => Math.max(0, value + xs[i]!));
      expectClose(elements!, expected);
      expectClose(
        across!,
        expected.map((_, i) => elements![(i % rows) * columns + Math.floor(i / rows)]!),
        0,
      );
      const [columnSums, rowSums] = sums(expected, rows, columns);
      expectClose(ofColumns!, columnSums, rows);
      expectClose(ofRows!, rowSums, columns);
      expectClose(max!, [Math.max(...products)]);
    }),
    { numRuns: 60 },
  );
});

test("long sums stay exact to some units in the last place", () => {
  for (const [rows, columns] of [
    [100_000, 1],
    [1, 100_000],
    [25_088, 8],
    [8, 25_088],
  ] as const) {
    const g = new GraphBuilder();
    const x = g.parameter([rows, columns]);
    const graph = g.graph([
      g.kernel("Sum", { x }, [columns], { axis: [0] }),
      g.kernel("Sum", { x }, [rows], { axis: [1] }),
    ]);
    const xs = numbers(rows * columns).map((value) => Math.fround(1 + value * value));
    const [ofColumns, ofRows] = runGraph(graph, [xs]);
    const [columnSums, rowSums] = sums(xs, rows, columns);
    expectClose(ofColumns!, columnSums, 0.5);
    expectClose(ofRows!, rowSums, 0.5);
  }
});

test("a next value takes the place of the old one, which all readers have read before", () => {
  const g = new GraphBuilder();
  const [p, q] = [g.parameter([5, 3]), g.parameter([5, 3])];
  const nextP = g.kernel("Add", { a: p, b: q }, [5, 3]);
  // Reads the old p after the next one is there, and in another order.
  const transposed = g.kernel("Transpose", { x: p }, [3, 5], { perm: [1, 0] });
  const late = g.kernel("Multiply", { a: transposed, b: transposed }, [3, 5]);
  const [ps, qs] = [numbers(15), numbers(15, 2)];
  const [next, squares, old, swapped] = runGraph(g.graph([nextP, late, p, p], [0, undefined, undefined, 1]), [
    ps,
    qs,
  ]);
  expectClose(
    next!,
    ps.map((value, i) => value + qs[i]!),
  );
  expectClose(
    squares!,
    Array.from({ length: 15 }, (_, i) => ps[(i % 5) * 3 + Math.floor(i / 5)]! ** 2),
  );
  expectClose(old!, ps, 0);
  expectClose(swapped!, ps, 0);
});
