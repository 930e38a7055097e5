import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import { Heap } from "../../src/memory/heap.ts";
import { compileWasm } from "../../src/wasm/program.ts";
import { GraphBuilder } from "./graphs.ts";

const SIZE = 192;

/** Products, sums along both axes and elementwise work, all large enough to be shared. */
function workload(): Graph {
  const g = new GraphBuilder();
  const shape = [SIZE, SIZE];
  const [a, b] = [g.parameter(shape), g.parameter(shape)];
  const product = g.kernel("BatchMatMul", { a, b }, shape, { transposeA: false, transposeB: true });
  const root = g.kernel("Sqrt", { x: g.kernel("Abs", { x: product }, shape) }, shape);
  const quotient = g.kernel("RealDiv", { a: root, b: g.kernel("Square", { x: product }, shape) }, shape);
  return g.graph([
    quotient,
    g.kernel("Sum", { x: quotient }, [SIZE], { axis: [0] }),
    g.kernel("Sum", { x: quotient }, [SIZE], { axis: [1] }),
  ]);
}

/** Compiles `graph`, with a function that runs it and gives all results, bit by bit. */
function prepare(graph: Graph, heap: Heap) {
  const program = compileWasm(graph, heap);
  const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);
  const addresses = [...graph.parameters, ...graph.outputs.map(({ value }) => value)].map(({ shape }) =>
    heap.allocate(4 * sizeOf(shape)),
  );
  for (const [i, { shape }] of graph.parameters.entries()) {
    const values = heap.float32(addresses[i]!, sizeOf(shape));
    for (let j = 0; j < values.length; j++) values[j] = Math.sin(1.7 * j + i);
  }
  heap.int32(program.table, addresses.length).set(addresses);
  return {
    program,
    /** The results in hexadecimal: long arrays are compared slowly. */
    run: (): string => {
      program.run();
      const results = graph.outputs.map(({ value }, i) =>
        Buffer.from(heap.int32(addresses[graph.parameters.length + i]!, sizeOf(value.shape)).slice().buffer),
      );
      return Buffer.concat(results).toString("hex");
    },
  };
}

test("figures are the same, bit by bit, with and without a second thread", async () => {
  const alone = prepare(workload(), new Heap(false)).run();
  const { program, run } = prepare(workload(), new Heap(true));
  // The workers start while the main thread runs alone, and take part as soon as they are there.
  for (let i = 0; i < 60; i++) {
    expect(run() === alone).toBe(true);
    if (i % 10 === 0) await setTimeout(10);
  }
  expect(program.helpers()).toBeGreaterThan(0);
  program.dispose();
});

test("several programs of one heap share its workers", async () => {
  const heap = new Heap(true);
  const programs = [1, 2, 3].map(() => prepare(workload(), heap));
  const expected = programs[0]!.run();
  await setTimeout(200);
  for (let i = 0; i < 30; i++) {
    for (const { run } of programs) expect(run() === expected).toBe(true);
    if (i === 10) programs.splice(0, 1)[0]!.program.dispose();
  }
  expect(programs.every(({ program }) => program.helpers() > 0)).toBe(true);
});
