/** @file What a step costs the CPU on webgpu, which needs no fast GPU to be told: JavaScript's time until the work is handed over, launches, bytes. */
import { jit } from "@nnx-js/jit";
import * as tf from "@tensorflow/tfjs-core";
import { median } from "./measure.ts";
import { aligned, time, times } from "./report.ts";
import { setUp, stateBytes, stepOf, tearDown, type Workload } from "./workloads/workload.ts";

/** What was measured of one workload. */
export interface SubmitTimes {
  readonly workload: string;
  readonly launches: number;
  /** Bytes that the launches of a step write. */
  readonly written: number;
  /** Bytes of Variables. */
  readonly state: number;
  /** Milliseconds of JavaScript for a compiled step: medians. */
  readonly compiled: number;
  /** The same for the kernels of TensorFlow.js, one by one. */
  readonly eager: number;
  /** Median, over the rounds, of how many times as long the kernels take. */
  readonly ratio: number;
  readonly rounds: number;
}

/** How long to measure. */
export interface SubmitOptions {
  readonly rounds: number;
  /** Seconds after which no further round begins, once there were three. */
  readonly seconds: number;
}

/** Compiled steps in a round, one after the other as in training. */
const STEPS = 5;

/** Times steps of a workload until they are handed over. What the device then does is waited for, and not counted. */
export async function submitTimes(
  workload: Workload,
  { rounds, seconds }: SubmitOptions,
): Promise<SubmitTimes> {
  const setup = setUp(workload);
  const { model, optimizer, x, y, rngs } = setup;
  const step = stepOf(workload);
  using compiled = jit(step, { name: workload.name });
  const args = [model, optimizer, x, y, rngs] as const;
  const programs = () => handedOver(() => compiled(...args), STEPS);
  const kernels = () => handedOver(() => tf.tidy(() => step(...args)), 1);
  for (const run of [programs, kernels, programs]) await run();

  const ours: number[] = [];
  const theirs: number[] = [];
  const begin = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= 3 && performance.now() - begin > 1000 * seconds) break;
    ours.push(await programs());
    theirs.push(await kernels());
  }
  const text = compiled.lower(...args);
  const state = stateBytes(setup);
  tearDown(setup);
  return {
    workload: workload.name,
    launches: launchesIn(text),
    written: writtenIn(text),
    state,
    compiled: median(ours),
    eager: median(theirs),
    ratio: median(theirs.map((eager, i) => eager / ours[i]!)),
    rounds: ours.length,
  };
}

/** The table of all. */
export function describeSubmitTimes(measured: readonly SubmitTimes[]): string {
  return aligned([
    ["", "launches", "ms to submit", "kernels", "x", "MB written", "MB of state", "rounds"],
    ...measured.map(({ workload, launches, compiled, eager, ratio, written, state, rounds }) => [
      workload,
      String(launches),
      time(compiled),
      time(eager),
      times(ratio),
      (written / 1e6).toPrecision(3),
      (state / 1e6).toPrecision(3),
      String(rounds),
    ]),
  ]).join("\n");
}

/** What `tf.backend()` is on webgpu. */
interface SubmittingBackend {
  /** What it has recorded and not handed over. */
  readonly commandEncoder: object | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Milliseconds until all that `run` asks for was given to the device: the median of `steps`, after which it is waited for. */
async function handedOver(run: () => tf.Tensor, steps: number): Promise<number> {
  const backend = tf.backend() as unknown as SubmittingBackend;
  const results: tf.Tensor[] = [];
  const spent = Array.from({ length: steps }, () => {
    const start = performance.now();
    results.push(run());
    // TensorFlow.js gathers commands; both are counted to the end.
    if (backend.commandEncoder) {
      backend.endComputePassEncoder();
      backend.submitQueue();
    }
    return performance.now() - start;
  });
  await results.at(-1)!.data();
  tf.dispose(results);
  return median(spent);
}

/** The number of launches in the text of `lower`. */
export function launchesIn(text: string): number {
  const [, launches] = /^program .*: (\d+) launch/m.exec(text) ?? [];
  if (launches === undefined) throw new Error("expected a program for webgpu: is that the active backend?");
  return Number(launches);
}

const PREFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

/** The bytes that all launches write, in the text of `lower`. */
export function writtenIn(text: string): number {
  let bytes = 0;
  for (const [, amount, prefix] of text.matchAll(/, ([\d.]+) ([kMG]?)B written$/gm)) {
    bytes += Number(amount) * PREFIXES[prefix ?? ""]!;
  }
  return bytes;
}
