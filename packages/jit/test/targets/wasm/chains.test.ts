/** @file Chains of loops: each step once, none before what it depends on, and the same figures on every thread. */
import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type Buffer, type Expr, load } from "../../../src/expr/expr.ts";
import { apply } from "../../../src/expr/operations.ts";
import { contiguous } from "../../../src/expr/segments.ts";
import { readsOf, writesOf } from "../../../src/steps/accesses.ts";
import type { Step } from "../../../src/steps/step.ts";
import { chainsOf } from "../../../src/targets/wasm/chains.ts";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { GraphBuilder, runGraph } from "./graphs.ts";
import { prepare } from "./thread-workload.ts";

const SIZE = 1_000_000;

/** Loops of one element and of many, over buffers of which some stand in the place of others. */
const programs = fc
  .record({
    buffers: fc.integer({ min: 6, max: 24 }),
    steps: fc.array(
      fc.record({
        reads: fc.array(fc.nat(23), { minLength: 1, maxLength: 2 }),
        write: fc.nat(23),
        isLarge: fc.boolean(),
      }),
      { minLength: 8, maxLength: 40 },
    ),
    aliases: fc.array(fc.tuple(fc.nat(23), fc.nat(23)), { maxLength: 3 }),
    threads: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ buffers: count, steps, aliases, threads }) => {
    const buffers = Array.from({ length: count }, (_, id): Buffer => ({
      id,
      size: SIZE,
      role: { kind: "temporary" },
    }));
    const bufferOf = (i: number) => buffers[i % count]!;
    const places = new Map(aliases.map(([from, to]) => [bufferOf(from), bufferOf(to)]));
    const made = steps.map(({ reads, write, isLarge }): Step => {
      const size = isLarge ? SIZE : 1;
      const loads = reads.map((i): Expr => ({ ...load(bufferOf(i), "f32"), ...contiguous(size) }));
      const expr = loads.reduce((a, b) => apply("f32.add", a, b));
      return { kind: "map", size, stores: [{ buffer: bufferOf(write), layout: contiguous(size), expr }] };
    });
    return { steps: made, threads, placeOf: (buffer: Buffer) => places.get(buffer) ?? buffer };
  });

test("each step is in one chain, after all that it depends on", () => {
  let several = 0;
  fc.assert(
    fc.property(programs, ({ steps, threads, placeOf }) => {
      const groups = chainsOf(steps, { threads, placeOf });
      const found = groups.flatMap((group, i) =>
        group.flatMap((chain) => chain.map((step, place) => ({ step, group: i, chain, place }))),
      );
      several += groups.some((group) => group.length > 1) ? 1 : 0;
      expect(new Set(found.map(({ step }) => step))).toEqual(new Set(steps));
      expect(found).toHaveLength(steps.length);
      const places = new Map(found.map((entry) => [entry.step, entry]));
      const touches = (step: Step) => ({
        reads: [...readsOf(step)].map(placeOf),
        writes: writesOf(step).map(placeOf),
      });
      for (const [j, later] of steps.entries()) {
        const [b, to] = [touches(later), places.get(later)!];
        for (const earlier of steps.slice(0, j)) {
          const a = touches(earlier);
          const depends =
            a.writes.some((place) => b.reads.includes(place) || b.writes.includes(place)) ||
            a.reads.some((place) => b.writes.includes(place));
          if (!depends) continue;
          const from = places.get(earlier)!;
          const isBefore = from.chain === to.chain ? from.place < to.place : from.group < to.group;
          expect(isBefore).toBe(true);
        }
      }
    }),
  );
  expect(several).toBeGreaterThan(5);
});

/** Each parameter becomes what is left of it when its length is 1, by way of an array of its own. */
function lengths(sizes: readonly number[]) {
  const g = new GraphBuilder();
  const parameters = sizes.map((size) => g.parameter([size]));
  const [one, factor] = [g.constant([], [1]), g.parameter([])];
  const rate = g.kernel("Add", { a: factor, b: one }, []);
  const outputs = parameters.map((x, i) => {
    const shape = [sizes[i]!];
    const scaled = g.kernel("Exp", { x: g.kernel("Multiply", { a: x, b: rate }, shape) }, shape);
    const sum = g.kernel("Sum", { x: g.kernel("Square", { x: scaled }, shape) }, [], { axis: [0] });
    return g.kernel("RealDiv", { a: scaled, b: g.kernel("Sqrt", { x: sum }, []) }, shape);
  });
  return g.graph(outputs, [...parameters.keys()]);
}

const sizes = [40_000, 9000, 32_768, 17, 25_001, 40_000, 30_000, 12_345, 1, 20_000, 40_000, 28_000];

test("chains keep what is theirs in the cache of a thread, and give exact figures", () => {
  const inputs = [
    ...sizes.map((size, i) => Array.from({ length: size }, (_, j) => Math.fround(Math.sin(j + i)))),
    [0.5],
  ];
  const results = runGraph(lengths(sizes), inputs);
  for (const [i, result] of results.entries()) {
    const scaled = inputs[i]!.map((x) => Math.exp(1.5 * x));
    const length = Math.sqrt(scaled.reduce((sum, x) => sum + x * x, 0));
    const error = result.reduce((most, x, j) => Math.max(most, Math.abs((x * length) / scaled[j]! - 1)), 0);
    expect(error).toBeLessThan(2e-6);
  }
  const text = prepare(lengths(sizes), new Heap(true)).program.describe();
  expect(text).toMatch(/steps \d+ to \d+: \d+ chains, each on one thread/);
  expect(text).toContain("scratch@");
});

test("figures of chains are the same, bit by bit, on 1, 2 and 4 threads", async () => {
  const alone = prepare(lengths(sizes), new Heap(false)).run();
  for (const processors of [2, 4]) {
    vi.stubGlobal("navigator", { hardwareConcurrency: processors });
    const { program, run } = prepare(lengths(sizes), new Heap(true));
    await vi.waitUntil(
      () => {
        expect(run() === alone).toBe(true);
        return program.helpers() === processors - 1;
      },
      { timeout: 60_000 },
    );
    for (let i = 0; i < 20; i++) expect(run() === alone).toBe(true);
    program.dispose();
    vi.unstubAllGlobals();
  }
});
