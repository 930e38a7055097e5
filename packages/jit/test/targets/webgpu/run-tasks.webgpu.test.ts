import { expect, test } from "vitest";
import type { Buffer } from "../../../src/expr/expr.ts";
import type { Task } from "../../../src/targets/webgpu/task.ts";
import { newBuffer, runTasks } from "./run-tasks.ts";

/** Adds 1 to the integers of `from`, and writes them into `to`. */
function addOne(from: Buffer, to: Buffer): Task {
  return {
    label: "add one",
    reads: [from],
    writes: [to],
    groups: Math.ceil(to.size / 256),
    sharedWords: 0,
    flops: 0,
    emit: (writer) => `
      let i = group * 256u + lane;
      if (i < ${to.size}u) {
        heap[${writer.placeOf(to)} + i] = heap[${writer.placeOf(from)} + i] + 1u;
      }
    `,
  };
}

/** Reverses 256 integers through workgroup memory. */
function reverse(from: Buffer, to: Buffer): Task {
  return {
    label: "reverse",
    reads: [from],
    writes: [to],
    groups: 1,
    sharedWords: 256,
    flops: 0,
    emit: (writer) => `
      shared_words[lane] = heap[${writer.placeOf(from)} + lane];
      workgroupBarrier();
      heap[${writer.placeOf(to)} + lane] = shared_words[255u - lane];
    `,
  };
}

test("tasks run one after the other", async () => {
  const [a, b, c] = [newBuffer(256), newBuffer(256), newBuffer(256)];
  const result = new Int32Array(256);
  await runTasks(
    [addOne(a, b), reverse(b, c)],
    new Map([
      [a, Int32Array.from({ length: 256 }, (_, i) => i)],
      [c, result],
    ]),
  );
  expect([...result]).toEqual(Array.from({ length: 256 }, (_, i) => 256 - i));
});

test("what a task writes outside of its buffers is found", async () => {
  const [a, b] = [newBuffer(4), newBuffer(4)];
  const wrong: Task = { ...addOne(a, b), emit: (writer) => `heap[${writer.placeOf(b)} + 4u] = 1u;` };
  await expect(runTasks([wrong], new Map())).rejects.toThrow("outside of its buffers");
});

test("code that is refused is shown", async () => {
  const wrong: Task = { ...addOne(newBuffer(1), newBuffer(1)), emit: () => "let x: u32 = 1.0;" };
  await expect(runTasks([wrong], new Map())).rejects.toThrow("let x: u32 = 1.0;");
});

test("more than 65535 workgroups fill a large buffer", async () => {
  const size = 65_600;
  const target = newBuffer(size);
  const elements = new Int32Array(size);
  const task: Task = {
    label: "number groups",
    reads: [],
    writes: [target],
    groups: size,
    sharedWords: 0,
    flops: 0,
    emit: (writer) => `if (lane == 0u) { heap[${writer.placeOf(target)} + group] = group; }`,
  };
  await runTasks([task], new Map([[target, elements]]));
  expect(elements.findIndex((value, i) => value !== i)).toBe(-1);
});
