/** @file What compiling a step takes and makes: time to the first result, work, and memory. */
import { jit } from "@nnx-js/jit";
import type { CompiledStep } from "./contenders/nnx.ts";
import { type Setup, stateBytes, stepOf, type Workload } from "./workloads/workload.ts";

/** Memory of a compiled step, in bytes. */
export interface StepMemory {
  /** Weights, statistics, the optimiser's state and random counters. */
  readonly state: number;
  /** What the program takes for everything between its inputs and its results. */
  readonly workspace: number;
  /** The most that is in use of that at one time: what the order of its steps needs at least. */
  readonly live: number;
}

/** What is known of a compiled step beside its time. */
export interface JitFacts {
  /** Milliseconds of the first call: recording, compiling and one step. */
  readonly first: number;
  /** Milliseconds for recording the operations of the step once more. */
  readonly trace: number;
  /** Floating-point operations of one step. */
  readonly flops: number;
  readonly memory: StepMemory;
}

/** Calls `step` for the first time, and looks at what it has become. */
export function inspect(workload: Workload, setup: Setup, step: CompiledStep): JitFacts {
  const { model, optimizer, x, y, rngs } = setup;
  const start = performance.now();
  step(model, optimizer, x, y, rngs).dispose();
  const first = performance.now() - start;
  const text = step.lower(model, optimizer, x, y, rngs);

  // The other target records the same and compiles nothing.
  using recorded = jit(stepOf(workload), { name: workload.name, target: "kernels" });
  const traceStart = performance.now();
  recorded.lower(model, optimizer, x, y, rngs);
  const trace = performance.now() - traceStart;
  return { first, trace, flops: flopsIn(text), memory: memoryIn(text, setup) };
}

/** Bytes that the compiled step takes for each byte of its state and of what is live at one time. */
export function overhead({ state, workspace, live }: StepMemory): number {
  return (state + workspace) / (state + live);
}

/** The memory plan in the text of `lower`. */
export function memoryIn(text: string, setup: Setup): StepMemory {
  const [, workspace, live] = found(text, /workspace (\d+) B, of which (\d+) B/);
  return { state: stateBytes(setup), workspace: Number(workspace), live: Number(live) };
}

const PREFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Floating-point operations in the title of the text of `lower`. */
export function flopsIn(text: string): number {
  const [, amount, prefix] = found(text, /^.*?, ([\d.]+) ([kMGT]?)FLOP,/);
  return Number(amount) * PREFIXES[prefix ?? ""]!;
}

function found(text: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(text);
  if (match) return match;
  throw new Error(`expected the text of lower() to match ${pattern}, found: ${text.slice(0, 200)}`);
}
