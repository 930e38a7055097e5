/** @file Makes very many steps of the guide and looks whether any memory grows. */
import type { Rngs } from "@nnx-js/nn";
import { loader, train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { GUIDE } from "../guide/training.ts";
import { compiledStep } from "./contenders/nnx.ts";
import { garbageCollector } from "./garbage.ts";
import { aligned } from "./report.ts";
import { WORKLOADS } from "./workloads/all.ts";
import { setUp, tearDown } from "./workloads/workload.ts";

/** Memory in use after a number of steps. */
export interface Sample {
  readonly steps: number;
  readonly numTensors: number;
  readonly numBytes: number;
  /** Of JavaScript, in bytes, after a collection of garbage. */
  readonly heapUsed: number;
  /** Of the memory that the compiled step was given, in bytes. */
  readonly wasmBytes: number;
}

/** What a soak may add to the JavaScript heap: engines keep feedback and compiled code. */
const HEAP_TOLERANCE = 1 << 20;

/**
 * Makes `steps` compiled steps of the guide, one after the other or by `train`; samples after each quarter, and at the start, which is after the first
 * tenth: by then the engine has optimised what runs.
 */
export async function soak(steps: number, by: "hand" | "loop" = "hand"): Promise<Sample[]> {
  using watch = watchMemories();
  const setup = setUp(WORKLOADS.guide);
  const { model, optimizer, x, y, rngs } = setup;
  const step = compiledStep(WORKLOADS.guide);
  const collect = garbageCollector();
  const sample = async (steps: number): Promise<Sample> => {
    // What waits for the next turn of the event loop holds memory too.
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    const { numTensors, numBytes } = tf.memory();
    const { heapUsed } = process.memoryUsage();
    const wasmBytes = watch.bytes();
    if (wasmBytes === 0) throw new Error("expected a step that runs as a WebAssembly program, found none");
    return { steps, numTensors, numBytes, heapUsed, wasmBytes };
  };
  const warmUp = Math.max(1, Math.floor(steps / 10));
  const stops = [
    warmUp,
    ...[1, 2, 3, 4].map((quarter) => Math.max(warmUp, Math.floor((steps * quarter) / 4))),
  ];
  const loop = loopOf((x, y) => step(model, optimizer, x, y, rngs), { model, optimizer, rngs });
  const samples: Sample[] = [];
  let done = 0;
  for (const stop of stops) {
    if (by === "loop") await loop.run(stop);
    else for (; done < stop; done++) step(model, optimizer, x, y, rngs).dispose();
    samples.push(await sample(stop));
  }
  loop.dispose();
  step.dispose();
  tearDown(setup);
  return samples;
}

/** The loop of the soak: mixed batches of rows as the guide has them, logs, and a state that is kept for NaN. */
function loopOf(
  step: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  state: { rngs: Rngs; model: object; optimizer: object },
) {
  const { ndata, inDim, outDim, batchSize } = GUIDE;
  const x = state.rngs.normal([ndata, inDim]);
  const y = state.rngs.normal([ndata, outDim]);
  const data = loader({ x, y }, { batchSize, shuffle: state.rngs, epochs: Infinity });
  return {
    dispose(): void {
      for (const part of [x, y, data]) part.dispose();
    },
    /** Goes on to the step `steps`. */
    async run(steps: number): Promise<void> {
      const options = {
        data,
        step: ({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => step(x, y),
        state: { ...state, data },
      };
      for await (const { metrics } of train({ ...options, steps, log: 10 })) {
        if (!Number.isFinite(metrics.loss)) throw new Error("expected a loss");
      }
    },
  };
}

/** What has grown from the first sample to any later one; empty if nothing has. */
export function growth([first, ...later]: readonly Sample[]): string[] {
  const tolerances = { numTensors: 0, numBytes: 0, heapUsed: HEAP_TOLERANCE, wasmBytes: 0 };
  return Object.entries(tolerances).flatMap(([key, tolerance]) => {
    const name = key as keyof typeof tolerances;
    const most = Math.max(...later.map((sample) => sample[name]));
    return most > first![name] + tolerance ? [`${name} grew from ${first![name]} to ${most}`] : [];
  });
}

/** The samples as a table. */
export function describeSamples(samples: readonly Sample[]): string {
  const columns = ["steps", "numTensors", "numBytes", "heapUsed", "wasmBytes"] as const;
  return aligned([columns, ...samples.map((sample) => columns.map((name) => String(sample[name])))]).join(
    "\n",
  );
}

/**
 * Counts the bytes of the memories that WebAssembly programs are given from now on, until it is disposed of. The
 * memory of compiled functions may be older than that: what was compiled first has made it.
 */
export function watchMemories(): Disposable & { bytes(): number } {
  const { Instance } = WebAssembly;
  const given = new Set<WebAssembly.Memory>();
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports = {}) {
      super(module, imports);
      for (const value of Object.values(imports).flatMap((names) => Object.values(names)))
        if (value instanceof WebAssembly.Memory) given.add(value);
    }
  };
  return {
    bytes() {
      let sum = 0;
      for (const { buffer } of given) sum += buffer.byteLength;
      return sum;
    },
    [Symbol.dispose]: () => void (WebAssembly.Instance = Instance),
  };
}
