/** @file What happens when a thread cannot go on. */
import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { FunctionBuilder } from "../../../src/targets/wasm/assembler/function-builder.ts";
import { ModuleBuilder } from "../../../src/targets/wasm/assembler/module-builder.ts";
import type { Local } from "../../../src/targets/wasm/assembler/types.ts";
import { JitExecutionError } from "../../../src/errors.ts";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { runGuarded } from "../../../src/targets/wasm/threads/guard.ts";
import { poolOf } from "../../../src/targets/wasm/threads/pool.ts";
import { emitRun } from "../../../src/targets/wasm/emit/run.ts";
import { writeScript } from "../../../src/targets/wasm/emit/script.ts";
import { prepare, workload } from "./thread-workload.ts";

/** A program of one large step, whose code `emit` gives; it runs as compiled ones do. */
function failing(heap: Heap, emit: (f: FunctionBuilder, scratch: Local) => void, patience?: bigint) {
  const module = new ModuleBuilder();
  module.importMemory({ module: "heap", name: "memory", initial: 1, maximum: 65_536, shared: true });
  const f = module.function("work", { params: ["i32", "i32", "i32"], results: [] });
  emit(f, f.params[0]);
  const scratch = heap.allocate(16);
  const ready = heap.allocate(4);
  heap.int32(ready, 1)[0] = 0;
  const pool = poolOf(heap);
  const code = { fn: f.ref, units: 64, scratchBytes: 16, work: 1e9, operands: [] };
  const operands = module.global("i32");
  const script = writeScript(heap, module, [code], { table: 0, helpers: pool?.size ?? 0 });
  module.exportFunction(
    "run",
    emitRun(module, "train", { script, operands, scratch, pool, ready, patience }),
  );
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

/** Runs until it fails; gives the error. */
async function failureOf(run: () => unknown): Promise<unknown> {
  for (let i = 0; i < 10_000; i++) {
    try {
      run();
    } catch (error) {
      return error;
    }
    await setTimeout(5);
  }
  return undefined;
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
  const error = await failureOf(run);
  expect(error).toBeInstanceOf(JitExecutionError);
  expect((error as Error).message).toMatchInlineSnapshot(
    `"jit(train): expected the compiled program to run to its end, found that it stopped on another thread. Variables that it writes may hold parts of the next values: load them again. Compiled functions run on one thread from now on. jit(fn, { target: "kernels" }) runs the function by TensorFlow.js's kernels."`,
  );
  expect([helpers(), bystander.program.helpers()].every((count) => count < 0)).toBe(true);
  for (let i = 0; i < 3; i++) expect(bystander.run() === expected).toBe(true);
  run();
  expect(prepare(workload(), heap).run() === expected).toBe(true);
});

test("a thread that never comes back is an error, not an endless wait", async () => {
  const heap = new Heap(true);
  const { scratch, run, helpers } = failing(
    heap,
    (f, at) => {
      f.loop((again) => {
        f.get(at).memory("i32.load").i32(1).op("i32.ne").brIf(again);
      });
    },
    10n ** 6n,
  );
  heap.int32(scratch, 1)[0] = 1;
  const error = await failureOf(run);
  expect(error).toBeInstanceOf(JitExecutionError);
  expect((error as Error).message).toMatch(/^jit\(train\): .* stopped on another thread\./);
  expect(helpers()).toBeLessThan(0);
  run();
});

test("threads that somebody else ends are given up", async () => {
  const threads = process.getBuiltinModule("node:worker_threads");
  const { Worker } = threads;
  const workers: InstanceType<typeof Worker>[] = [];
  threads.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  };
  const { program, run } = prepare(workload(), new Heap(true));
  threads.Worker = Worker;
  const expected = run();
  await vi.waitUntil(() => (run(), program.helpers() > 0), { timeout: 60_000 });
  await Promise.all(workers.map((worker) => worker.terminate()));
  await vi.waitUntil(() => program.helpers() < 0);
  expect(run() === expected).toBe(true);
});

test("a failure on the main thread names the function as well", () => {
  const { run } = failing(new Heap(true), (f) => f.op("unreachable"));
  expect(run).toThrow(JitExecutionError);
  expect(run).toThrow(/jit\(train\): .* stopped: unreachable/);
});
