/** @file The target `webgpu`: a list of launches on the GPU of TensorFlow.js's backend, where Variables stay between calls. */
import * as tf from "@tensorflow/tfjs-core";
import type { Traced } from "../../capture/trace.ts";
import { DeviceLostError, DeviceMemoryError, JitArgumentError, JitExecutionError } from "../../errors.ts";
import type { Holdings } from "../../memory/holdings.ts";
import { type Code, ResidentProgram } from "../resident-program.ts";
import type { CompileOptions, Profiler, Program, Target } from "../target.ts";
import { labelOf, costOf } from "./describe.ts";
import { flush, isWebGpu, type WebGpuBackend } from "./device/backend.ts";
import { trySubgroups } from "./device/subgroups.ts";
import type { GpuHeap } from "./memory/gpu-heap.ts";
import { GpuRegion } from "./memory/gpu-region.ts";
import { heapOf } from "./memory/the-heaps.ts";
import { compileWebGpu, type WebGpuProgram } from "./program.ts";

/** Compiles graphs to launches. */
export const webgpu: Target = {
  name: "webgpu",
  async prepare(backendName) {
    const backend = tf.findBackend(backendName);
    if (isWebGpu(backend)) await trySubgroups(backend.device);
  },
  tracesFor: () => "nnx-webgpu",
  check(name, backendName) {
    const backend = tf.findBackend(backendName);
    if (!isWebGpu(backend)) {
      throw new JitArgumentError(
        name,
        `expected the webgpu backend to be active for the target webgpu, found ${backendName}. ` +
          `Choose it before: await useBackend("webgpu"), or leave the target out.`,
      );
    }
    assertThere(name, heapOf(backend));
  },
  compile: (traced, options) => compileFor(heapOf(tf.backend() as WebGpuBackend), traced, options),
};

function compileFor(heap: GpuHeap, traced: Traced, options?: CompileOptions): Program {
  const program = compileWebGpu(traced.graph, heap, options);
  return new ResidentProgram(traced, new GpuCode(traced.graph.name, heap, program), {
    shared: { space: heap, region: (shape, dtype) => new GpuRegion(heap, shape, dtype) },
    own: { space: heap, region: (shape, dtype) => new GpuRegion(program.arena, shape, dtype) },
  });
}

/** A program whose arguments come, and whose results go, in the order of what the backend records. */
class GpuCode implements Code<GpuRegion> {
  readonly holdings: Holdings;
  readonly #name: string;
  readonly #heap: GpuHeap;
  readonly #program: WebGpuProgram;

  constructor(name: string, heap: GpuHeap, program: WebGpuProgram) {
    this.#name = name;
    this.#heap = heap;
    this.#program = program;
    this.holdings = program.holdings;
  }

  place(entry: number, { address }: GpuRegion): void {
    this.#program.setAddress(entry, address);
  }

  begin(): void {
    assertThere(this.#name, this.#heap);
    // What a buffer that is not there spoils is this call's alone.
    if (!this.#heap.isSure) flush(this.#heap.backend);
    const { failure } = this.#program.dispatches;
    if (failure !== undefined) throw new JitExecutionError(this.#name, new Error(failure));
  }

  run(): void {
    this.#program.record();
  }

  end(): void {
    flush(this.#heap.backend);
  }

  ready(): Promise<void> {
    return this.#program.dispatches.ready();
  }

  describe(): string {
    return this.#program.describe();
  }

  /** By the clock of the GPU. */
  get profiler(): Profiler {
    const heap = this.#heap;
    const program = this.#program;
    const { queue } = heap.backend;
    return {
      async start() {
        flush(heap.backend);
        await queue.onSubmittedWorkDone();
        program.dispatches.startTiming();
      },
      async stop() {
        await queue.onSubmittedWorkDone();
        const times = await program.dispatches.times();
        return program.items.map((item, i) => {
          const { flops, read, written } = costOf(item);
          return { label: labelOf(item), milliseconds: times[i], flops, bytes: read + written };
        });
      },
    };
  }
}

function assertThere(name: string, heap: GpuHeap): void {
  if (heap.loss !== undefined) throw new DeviceLostError(name, heap.loss);
  const failure = heap.takeFailure();
  if (failure !== undefined) throw new DeviceMemoryError(name, failure);
}
