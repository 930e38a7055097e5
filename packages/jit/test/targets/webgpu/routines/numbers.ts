/** @file Numbers for tests of routines. */
import type { Buffer } from "../../../../src/expr/expr.ts";
import type { Temporaries } from "../../../../src/targets/webgpu/reduce/fold.ts";
import type { Task } from "../../../../src/targets/webgpu/task.ts";
import { type Elements, newBuffer, runTasks } from "../run-tasks.ts";

/** Pseudorandom numbers in [-1, 1), the same each time. */
export function randomFloats(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  });
}

/** Pseudorandom integers in [from, to), the same each time. */
export function randomIntegers(length: number, from: number, to: number, seed = 1): Int32Array {
  return Int32Array.from(randomFloats(length, seed), (x) => Math.floor(from + ((x + 1) / 2) * (to - from)));
}

/** Runs the tasks that `make` gives for buffers that hold `operands`, which take what these hold in the end. */
export async function runRoutine(
  make: (buffers: readonly Buffer[], temporaries: Temporaries) => readonly Task[],
  ...operands: readonly Elements[]
): Promise<readonly Task[]> {
  const buffers = operands.map(({ length }) => newBuffer(length));
  const tasks = make(buffers, newBuffer);
  await runTasks(tasks, new Map(buffers.map((buffer, i) => [buffer, operands[i]!])));
  return tasks;
}
