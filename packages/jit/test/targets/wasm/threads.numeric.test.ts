/** @file Threads help in Node and in browsers, and change no figure. */
import { expect, test, vi } from "vitest";
import { Heap } from "../../../src/targets/wasm/memory/heap.ts";
import { prepare, workload } from "./thread-workload.ts";

test("memory is shared where the engine lets threads share it, as in pages that are isolated", () => {
  expect(new Heap().isShared).toBe(true);
});

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

test("what a thread has packed is forgotten when the step is over", async () => {
  const alone = prepare(workload(), new Heap(false));
  const expected = [0, 1].map((phase) => {
    alone.fill(phase);
    return alone.run();
  });
  const { program, run, fill } = prepare(workload(), new Heap(true));
  await vi.waitUntil(() => (run(), program.helpers() > 0), { timeout: 60_000 });
  for (let i = 0; i < 30; i++) {
    fill(i % 2);
    expect(run() === expected[i % 2]).toBe(true);
  }
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
