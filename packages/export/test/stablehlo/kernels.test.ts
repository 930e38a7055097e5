/** @file Every kernel, written in StableHLO and run by JAX, gives what the oracles say. */
import {
  type Case,
  casesOf,
  type Inputs,
  KERNELS,
  runCase,
  runKernel,
  type Runner,
} from "@nnx-js/testing/conformance";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { exportStableHlo } from "../../src/index.ts";
import { findPython, type Ran, runModules } from "./python.ts";

const python = findPython();

/** How many cases of each kernel are run. */
const SIZE = 4;

/** Kernels that cannot be written, by all that runs them: what they give has a shape that depends on values. */
const DYNAMIC = [
  "BroadcastArgs",
  "NonMaxSuppressionV3",
  "NonMaxSuppressionV4",
  "NonMaxSuppressionV5",
  "RaggedRange",
  "SparseFillEmptyRows",
  "SparseReshape",
  "SparseSegmentMean",
  "SparseSegmentSum",
  "Unique",
];

/** Kernels that `jit` does not compile either. */
const UNCOMPILED = [
  "Dilation2DBackpropFilter",
  "Dilation2DBackpropInput",
  "LRNGrad",
  "ResizeBilinearGrad",
  "ResizeNearestNeighborGrad",
  "Transform",
];

/** What XLA computes within: exponentials of its own, and quotients by reciprocals. In units in the last place. */
function ulpsOf(kernelName: string, { ulps = 0 }: Case): number {
  if (ulps > 0) return Math.max(16, ulps);
  return kernelName === "RealDiv" ? 1 : 0;
}

/** Cases from all over the list. XLA takes denormals for zero. */
function partOf(kernelName: string): readonly Case[] {
  const cases = casesOf(kernelName).filter(({ slow, name }) => !slow && !name.includes("denormals"));
  const count = Math.min(SIZE, cases.length);
  return Array.from({ length: count }, (_, i) => {
    const each = cases[Math.floor((i * cases.length) / count)]!;
    return { ...each, ulps: ulpsOf(kernelName, each) };
  });
}

/** A kernel's call, with tensors that outlive the run of the case. */
interface Call {
  readonly each: Case;
  readonly inputs: Inputs;
  readonly attrs: Record<string, unknown>;
}

const RUNNER = { onGpu: false, keepsIntegers: true, checksInputs: false };

async function callOf(kernelName: string, each: Case): Promise<Call> {
  let call: Call | undefined;
  const kept = (x: tf.Tensor) => tf.keep(x.clone());
  await runCase(kernelName, each, {
    ...RUNNER,
    run(_, inputs, attrs) {
      const copies = Array.isArray(inputs)
        ? inputs.map(kept)
        : Object.fromEntries(Object.entries(inputs).map(([name, x]) => [name, kept(x)]));
      call = { each, inputs: copies, attrs };
      return [];
    },
  });
  return call!;
}

/** The kernel's results for each call, by its number. */
function stepOf(kernelName: string, calls: readonly Call[]) {
  return (...all: tf.Tensor[][]) =>
    calls.map(({ inputs, attrs }, i) => {
      const given = Array.isArray(inputs)
        ? all[i]!
        : Object.fromEntries(Object.keys(inputs).map((name, j) => [name, all[i]![j]!]));
      return runKernel(kernelName, given, attrs);
    });
}

/** One module for all calls of a kernel. */
async function jobOf(kernelName: string, calls: readonly Call[]) {
  const args = calls.map(({ inputs }) => Object.values(inputs));
  const names = calls.map((_, i) => `call${i}`);
  const text = await exportStableHlo(stepOf(kernelName, calls), args, { name: kernelName, names });
  const inputs = args.flatMap((list, i) => list.map((x, j) => [`call${i}.${j}`, x] as const));
  return { kernelName, calls, text, inputs: Object.fromEntries(inputs) };
}

async function problemsOf(
  kernelName: string,
  calls: readonly Call[],
  { outputs, error }: Ran,
): Promise<string[]> {
  if (error !== undefined) return [`${kernelName}: ${error}`];
  const problems: string[] = [];
  for (const [i, { each }] of calls.entries()) {
    const run: Runner["run"] = () => {
      const results: tf.Tensor[] = [];
      for (let j = 0; outputs[`output.${i}.${j}`]; j++) results.push(outputs[`output.${i}.${j}`]!);
      return results;
    };
    const { kind, reason = "" } = await runCase(kernelName, each, { ...RUNNER, run });
    if (kind !== "right") problems.push(`${kernelName}, ${each.name}: ${reason}`);
  }
  return problems;
}

test.skipIf(!python)("kernels give what the oracles say", { timeout: 300_000 }, async () => {
  const jobs: Awaited<ReturnType<typeof jobOf>>[] = [];
  const refused: string[] = [];
  for (const kernelName of KERNELS) {
    const calls = await Promise.all(partOf(kernelName).map((each) => callOf(kernelName, each)));
    try {
      jobs.push(await jobOf(kernelName, calls));
    } catch (error) {
      if (!/^Unsupported(Export|Kernel)Error$/.test((error as Error).name)) throw error;
      if (!String(error).includes(kernelName)) throw error;
      refused.push(kernelName);
    }
  }
  expect(refused).toEqual([...DYNAMIC, ...UNCOMPILED].sort());
  const ran = await runModules(python!, jobs);
  const problems = await Promise.all(
    jobs.map(({ kernelName, calls }, i) => problemsOf(kernelName, calls, ran[i]!)),
  );
  expect(problems.flat()).toEqual([]);
});
