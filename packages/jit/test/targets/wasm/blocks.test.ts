/** @file Long reductions are folded in blocks: whatever the shape, what is in them, and how many threads there are. */
import * as fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { Dtype, Value } from "@nnx-js/nn/trace";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { compileWasm } from "../../../src/targets/wasm/program.ts";
import { GraphBuilder, runGraph } from "./graphs.ts";
import { prepare } from "./thread-workload.ts";

afterEach(() => vi.unstubAllGlobals());

const product = (sizes: readonly number[]) => sizes.reduce((size, length) => size * length, 1);

/** Numbers that are the same in every run, of [-1, 1). */
function numbers(size: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >> 7) / 2 ** 24;
  });
}

/** For each kept element the elements of `x` that are folded into it. */
function groups(x: readonly number[], shape: readonly number[], axes: readonly number[]): number[][] {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const result: number[][] = Array.from({ length: product(kept) }, () => []);
  for (const [i, value] of x.entries()) {
    let [rest, place, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (axes.includes(axis)) continue;
      place += at * stride;
      stride *= shape[axis]!;
    }
    result[place]!.push(value);
  }
  return result;
}

/** Lengths around the borders of blocks, and others. */
const length = fc.oneof(
  fc.integer({ min: 8_190, max: 13_000 }),
  fc
    .tuple(fc.integer({ min: 2, max: 6 }), fc.constantFrom(-17, -16, -15, -1, 0, 1, 3, 4, 15, 16, 17))
    .map(([blocks, more]) => 4096 * blocks + more),
);

/** Shapes with long axes that are folded: whole arrays, few rows, few columns, axes around others. */
const shapes = fc.oneof(
  length.map((n) => ({ shape: [n], axes: [0] })),
  fc.tuple(fc.integer({ min: 1, max: 7 }), length).map(([k, n]) => ({ shape: [k, n], axes: [1] })),
  fc.tuple(length, fc.integer({ min: 1, max: 19 })).map(([n, k]) => ({ shape: [n, k], axes: [0] })),
  fc
    .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 9 }), length)
    .map(([a, k, n]) => ({ shape: [a, k, n], axes: [0, 2] })),
  fc
    .tuple(length, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 9 }))
    .map(([n, k, b]) => ({ shape: [n, k, b], axes: [0, 2] })),
  fc.tuple(fc.integer({ min: 9, max: 30 }), length).map(([a, n]) => ({ shape: [a, n], axes: [0, 1] })),
);

/** One kernel of one tensor, with its axes folded. */
function fold(kernel: string, shape: readonly number[], axes: readonly number[], dtype: Dtype = "float32") {
  const g = new GraphBuilder();
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  const x = g.parameter(shape, dtype);
  return g.graph([g.kernel(kernel, { x }, kept, { axis: [...axes] }, dtype)]);
}

const seeds = fc.integer({ min: 1, max: 1000 });

test("sums and means are those of float64 but for 2e-6 of what they add", () => {
  fc.assert(
    fc.property(shapes, seeds, fc.constantFrom("Sum", "Mean"), ({ shape, axes }, seed, kernel) => {
      const x = numbers(product(shape), seed).map(Math.fround);
      const [found] = runGraph(fold(kernel, shape, axes), [x]);
      for (const [i, group] of groups(x, shape, axes).entries()) {
        const by = kernel === "Mean" ? group.length : 1;
        const exact = group.reduce((sum, value) => sum + value, 0) / by;
        const size = group.reduce((sum, value) => sum + Math.abs(value), 0) / by;
        expect(Math.abs(found![i]! - exact) <= 2e-6 * size).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
});

test("sums of int32 are exact modulo 2^32, extremes of int32 and of floats exact", () => {
  fc.assert(
    fc.property(
      shapes,
      seeds,
      fc.constantFrom<[string, Dtype]>(
        ["Sum", "int32"],
        ["Max", "int32"],
        ["Min", "int32"],
        ["Max", "float32"],
        ["Min", "float32"],
      ),
      ({ shape, axes }, seed, [kernel, dtype]) => {
        const scale = dtype === "int32" ? 2 ** 31 : 1;
        const convert = dtype === "int32" ? Math.trunc : Math.fround;
        const x = numbers(product(shape), seed).map((value) => convert(value * scale));
        const [found] = runGraph(fold(kernel, shape, axes, dtype), [x]);
        const combine = { Sum: (a: number, b: number) => (a + b) | 0, Max: Math.max, Min: Math.min }[kernel]!;
        const exact = groups(x, shape, axes).map((group) => group.reduce((a, b) => combine(a, b)));
        expect(found!.join() === exact.join()).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});

test("products, and whether all or any are true", () => {
  fc.assert(
    fc.property(shapes, seeds, fc.integer({ min: 0, max: 2 }), ({ shape, axes }, seed, others) => {
      const size = product(shape);
      // Powers of two, whose product leaves the range of float32 on the way and comes back.
      const factors = Array.from({ length: size }, (_, i) => (i % 400 < 200 ? 2 : 0.5));
      const places = numbers(others, seed).map((value) => Math.floor(((value + 1) / 2) * size));
      const mostly = (usual: number) => {
        const values = Array.from({ length: size }, () => usual);
        for (const place of places) values[place] = 1 - usual;
        return values;
      };
      const [products] = runGraph(fold("Prod", shape, axes), [factors]);
      const exact = groups(factors, shape, axes).map((group) => group.reduce((a, b) => a * b));
      expect(products).toEqual(exact.map(Math.fround));
      const [all] = runGraph(fold("All", shape, axes, "bool"), [mostly(1)]);
      const [any] = runGraph(fold("Any", shape, axes, "bool"), [mostly(0)]);
      expect(all).toEqual(groups(mostly(1), shape, axes).map((group) => Number(group.every(Boolean))));
      expect(any).toEqual(groups(mostly(0), shape, axes).map((group) => Number(group.some(Boolean))));
    }),
    { numRuns: 8 },
  );
});

test("NaN and infinities go through, wherever they are", () => {
  fc.assert(
    fc.property(
      shapes,
      fc.constantFrom("Sum", "Max", "Min"),
      fc.array(
        fc.tuple(
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          fc.constantFrom(NaN, Infinity, -Infinity),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      ({ shape, axes }, kernel, specials) => {
        const x = numbers(product(shape), 7).map(Math.fround);
        for (const [place, value] of specials) x[Math.floor(place * x.length)] = value;
        const [found] = runGraph(fold(kernel, shape, axes), [x]);
        const combine = { Sum: (a: number, b: number) => a + b, Max: Math.max, Min: Math.min }[kernel];
        for (const [i, group] of groups(x, shape, axes).entries()) {
          const exact = group.reduce((a, b) => combine(a, b));
          const isRight = Number.isFinite(exact)
            ? Math.abs(found![i]! - exact) < 0.01
            : Object.is(found![i], exact);
          expect(isRight, `${kernel} ${found![i]} for ${exact}`).toBe(true);
        }
      },
    ),
    { numRuns: 15 },
  );
});

/** What optimisers do: norms of what is read and of what is stored, in one loop, and in place or not. */
function update(shape: readonly number[], inPlace: boolean) {
  const g = new GraphBuilder();
  const [p, m, row] = [g.parameter(shape), g.parameter(shape), g.parameter(shape.slice(-1))];
  const two = (kernel: string, a: Value, b: Value) => g.kernel(kernel, { a, b }, shape);
  const all = shape.map((_, axis) => axis);
  const next = two("Sub", m, two("Multiply", p, row));
  const sum = (x: Value) => g.kernel("Sum", { x }, [], { axis: all });
  const outputs = [
    next,
    two("Add", p, next),
    sum(two("Multiply", p, p)),
    sum(two("Multiply", next, next)),
    sum(two("Multiply", m, p)),
    g.kernel("Max", { x: g.kernel("Abs", { x: next }, shape) }, [], { reductionIndices: all }),
  ];
  return g.graph(outputs, inPlace ? [1, 0] : []);
}

test("loops that store what they fold store all of it, also in the place of what they read", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.tuple(length),
        fc.tuple(fc.integer({ min: 60, max: 140 }), fc.integer({ min: 140, max: 200 })),
      ),
      seeds,
      (shape, seed) => {
        const [size, columns] = [product(shape), shape.at(-1)!];
        const [p, m, row] = [numbers(size, seed), numbers(size, seed + 1), numbers(columns, seed + 2)].map(
          (list) => list.map(Math.fround),
        ) as [number[], number[], number[]];
        const [next, moved, pp, nn, mp, most] = runGraph(update(shape, true), [p, m, row]);
        const exact = m.map((value, i) => Math.fround(value - Math.fround(p[i]! * row[i % columns]!)));
        expect(next!.join() === exact.join()).toBe(true);
        expect(moved!.join() === exact.map((value, i) => Math.fround(value + p[i]!)).join()).toBe(true);
        const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
        expect(pp![0]! / dot(p, p)).toBeCloseTo(1, 5);
        expect(nn![0]! / dot(exact, exact)).toBeCloseTo(1, 5);
        expect(Math.abs(mp![0]! - dot(m, p)) / size).toBeLessThan(1e-6);
        expect(most![0]).toBe(Math.max(...exact.map(Math.abs)));
      },
    ),
    { numRuns: 15 },
  );
});

test("several norms over the same elements, and what is stored of these, are one loop", () => {
  const program = compileWasm(update([20_000], true), new Heap(false));
  const [, ...lines] = program.describe().split("\n");
  program.dispose();
  const loops = lines.filter((line) => line.includes("20000"));
  expect(loops).toHaveLength(1);
  expect(loops[0]).toMatch(/reduce\[1 x 20000\] sum\(.*\) \| sum\(.*\) \| sum\(.*\) \| max\(.*\) \| /);
  // Nothing is stored but next values: what is kept of blocks takes little.
  expect(lines.at(-1)).toMatch(/workspace \d{2,3} B/);
});

test("1, 2 and 4 threads give the same bits", async () => {
  const sizes: [readonly number[], readonly number[]][] = [
    [[150_001], [0]],
    [[3, 60_007], [1]],
    [[40_003, 5], [0]],
    [
      [130, 1501],
      [0, 1],
    ],
  ];
  const graphs = [
    ...sizes.flatMap(([shape, axes]) => ["Sum", "Max"].map((kernel) => fold(kernel, shape, axes))),
    update([301, 512], false),
  ];
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
