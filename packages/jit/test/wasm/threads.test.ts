import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { Graph } from "../../src/graph/graph.ts";
import type { FunctionBuilder } from "../../src/assembler/function-builder.ts";
import { ModuleBuilder } from "../../src/assembler/module-builder.ts";
import type { Local } from "../../src/assembler/types.ts";
import { JitExecutionError } from "../../src/errors.ts";
import { Heap } from "../../src/memory/heap.ts";
import { runGuarded } from "../../src/threads/guard.ts";
import { poolOf } from "../../src/threads/pool.ts";
import { emitRun } from "../../src/wasm/emit/run.ts";
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
  await vi.waitUntil(
    () => {
      expect(run() === alone).toBe(true);
      return program.helpers() > 0;
    },
    { timeout: 60_000 },
  );
  for (let i = 0; i < 60; i++) expect(run() === alone).toBe(true);
  program.dispose();
});

test("several programs of one heap share its workers", async () => {
  const heap = new Heap(true);
  const programs = [1, 2, 3].map(() => prepare(workload(), heap));
  const expected = programs[0]!.run();
  const programsWithoutHelp = () => programs.filter(({ program }) => program.helpers() === 0);
  // Workers take part from their program's first run on.
  await vi.waitUntil(
    () => {
      for (const { run } of programs) expect(run() === expected).toBe(true);
      return programsWithoutHelp().length === 0;
    },
    { timeout: 60_000 },
  );
  for (let i = 0; i < 30; i++) {
    for (const { run } of programs) expect(run() === expected).toBe(true);
    if (i === 10) programs.splice(0, 1)[0]!.program.dispose();
  }
  expect(programsWithoutHelp()).toEqual([]);
});

/** A program of one large step, whose code `emit` gives; it runs as compiled ones do. */
function failing(heap: Heap, emit: (f: FunctionBuilder, scratch: Local) => void) {
  const module = new ModuleBuilder();
  module.importMemory({ module: "heap", name: "memory", initial: 1, maximum: 65_536, shared: true });
  const f = module.function("work", { params: ["i32", "i32", "i32"], results: [] });
  emit(f, f.params[0]!);
  const scratch = heap.allocate(16);
  const ready = heap.allocate(4);
  heap.int32(ready, 1)[0] = 0;
  const pool = poolOf(heap);
  const code = { fn: f.ref, units: 64, scratchBytes: 16, work: 1e9 };
  module.exportFunction("run", emitRun(module, "train", [code], { scratch, pool, ready }));
  const compiled = new WebAssembly.Module(module.encode());
  const { exports } = new WebAssembly.Instance(compiled, { heap: { memory: heap.memory } });
  const start = exports["run"] as (program: number) => void;
  const shared = pool?.add(compiled, 16, ready);
  return {
    scratch,
    run: () => runGuarded("train", pool, () => start(shared?.id ?? 0)),
    helpers: () => heap.int32(ready, 1)[0]!,
  };
}

test("a failure on another thread is an error that names the function; the threads are given up", async () => {
  const heap = new Heap(true);
  const bystander = prepare(workload(), heap);
  const expected = bystander.run();
  const { scratch, run, helpers } = failing(heap, (f, at) => {
    // Only the main thread's scratch says 1.
    f.get(at)
      .memory("i32.load")
      .i32(1)
      .op("i32.ne")
      .if(() => f.op("unreachable"));
    const i = f.local("i32");
    f.forRange(i, 0, 2_000_000, 1, () => {});
  });
  heap.int32(scratch, 1)[0] = 1;
  const outcome = async () => {
    for (let i = 0; i < 10_000; i++) {
      try {
        run();
      } catch (error) {
        return error as Error;
      }
      await setTimeout(5);
    }
    return undefined;
  };
  const error = await outcome();
  expect(error).toBeInstanceOf(JitExecutionError);
  expect(error!.message).toMatchInlineSnapshot(
    `"jit(train): expected the compiled program to run to its end, found that it stopped on another thread. Variables that it writes may hold parts of the next values: load them again. Compiled functions run on one thread from now on. jit(fn, { target: "kernels" }) runs the function by TensorFlow.js's kernels."`,
  );
  expect([helpers(), bystander.program.helpers()].every((count) => count < 0)).toBe(true);
  for (let i = 0; i < 3; i++) expect(bystander.run() === expected).toBe(true);
  run();
  expect(prepare(workload(), heap).run() === expected).toBe(true);
});

test("a failure on the main thread names the function as well", () => {
  const { run } = failing(new Heap(true), (f) => f.op("unreachable"));
  expect(run).toThrow(JitExecutionError);
  expect(run).toThrow(/jit\(train\): .* stopped: unreachable/);
});
