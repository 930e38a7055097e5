/** @file The launches of a program as a device runs them. */
import type { PipelineCode } from "../device/pipelines.ts";
import { USAGE } from "../device/usage.ts";
import type { GpuHeap } from "../memory/gpu-heap.ts";
import { moduleText } from "./module.ts";
import type { Launch } from "./schedule.ts";
import { dispatchOf, groupsOf, type Tables } from "./tables.ts";
import { hasClock, Timing } from "./timing.ts";

/** The code of a launch and how often it runs. */
interface Dispatch extends PipelineCode {
  readonly x: number;
  readonly y: number;
}

/**
 * Pipelines, tables and bindings of a program: all made once, when they are first needed, but for bindings to a heap that
 * has grown.
 */
export class Dispatches {
  /** The WGSL of each launch. */
  readonly texts: readonly string[];
  private readonly heap: GpuHeap;
  private readonly tables: Tables;
  private readonly list: readonly Dispatch[];
  private pipelines: readonly GPUComputePipeline[] | undefined;
  private readonly table: GPUBuffer;
  private group: GPUBindGroup | undefined;
  /** The buffer of the heap that `group` binds. */
  private bound: GPUBuffer | undefined;
  private fault: string | undefined;
  /** Takes the times of the next call. */
  private timing: Timing | undefined;

  /** @param name of the program, for tools that show what a device does */
  constructor(name: string, heap: GpuHeap, launches: readonly Launch[], tables: Tables) {
    const { device } = heap.backend;
    this.heap = heap;
    this.tables = tables;
    this.texts = launches.map((launch) => moduleText(launch.map(branchOf)));
    const most = device.limits.maxComputeWorkgroupsPerDimension;
    this.list = launches.map((launch, i) => {
      const [x, y] = dispatchOf(groupsOf(launch), most);
      return { code: this.texts[i]!, label: `${name}:${i}`, x, y };
    });
    for (const text of this.texts) heap.pipelines.reserve(text);
    this.table = device.createBuffer({
      label: `nnx-js table of ${name}`,
      size: Math.max(16, tables.words.byteLength),
      usage: USAGE.STORAGE | USAGE.COPY_DST,
    });
  }

  /** What the device found wrong in the code, as soon as it has said so. */
  get failure(): string | undefined {
    return this.fault;
  }

  /** Settles when all pipelines are compiled, at the same time. */
  ready(): Promise<void> {
    return this.heap.pipelines.prepare(this.list);
  }

  /** Records all launches in the backend's encoder, in one pass. */
  record(): void {
    if (this.list.length === 0) return;
    this.prepare();
    if (this.timing) {
      this.recordTimed(this.timing);
      return;
    }
    const pass = this.heap.encoder().beginComputePass();
    let last: GPUComputePipeline | undefined;
    for (let i = 0; i < this.list.length; i++) last = this.dispatch(pass, i, last);
    pass.end();
  }

  /** Has the next call be timed, launch by launch, which then run one after the other; answers whether it can be. */
  startTiming(): boolean {
    const { device } = this.heap.backend;
    if (!hasClock(device)) return false;
    this.timing = new Timing(device, this.list.length);
    return true;
  }

  /** Milliseconds of each launch of the call that was timed; none if there was none. */
  async times(): Promise<readonly number[]> {
    const { timing } = this;
    this.timing = undefined;
    return timing ? timing.read() : [];
  }

  /** Each launch in a pass of its own. */
  private recordTimed(timing: Timing): void {
    const encoder = this.heap.encoder();
    for (let i = 0; i < this.list.length; i++) {
      const pass = encoder.beginComputePass(timing.passOf(i));
      this.dispatch(pass, i, undefined);
      pass.end();
    }
    timing.resolve(encoder);
  }

  /** Records launch `i` in a pass, whose pipeline is `last`; answers which it is now. */
  private dispatch(
    pass: GPUComputePassEncoder,
    i: number,
    last: GPUComputePipeline | undefined,
  ): GPUComputePipeline {
    const { x, y } = this.list[i]!;
    const pipeline = this.pipelines![i]!;
    if (pipeline !== last) pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.group!, this.tables.offsets, i, 1);
    pass.dispatchWorkgroups(x, y);
    return pipeline;
  }

  /** Makes what is not there yet, and brings the table and the bindings up to date. */
  prepare(): void {
    const { heap, table, tables } = this;
    this.pipelines ??= this.makePipelines();
    const words = tables.take();
    if (words) heap.backend.queue.writeBuffer(table, 0, words);
    if (this.bound === heap.buffer) return;
    this.bound = heap.buffer;
    this.group = heap.backend.device.createBindGroup({
      layout: heap.pipelines.groupLayout,
      entries: [
        { binding: 0, resource: { buffer: heap.buffer } },
        { binding: 1, resource: { buffer: table, size: tables.longest } },
      ],
    });
  }

  private makePipelines(): readonly GPUComputePipeline[] {
    const { pipelines, backend } = this.heap;
    backend.device.pushErrorScope("validation");
    const made = this.list.map((dispatch) => pipelines.take(dispatch));
    void backend.device.popErrorScope().then(
      (error) => (this.fault = error?.message),
      () => {},
    );
    return made;
  }

  dispose(): void {
    this.table.destroy();
    for (const text of this.texts) this.heap.pipelines.release(text);
  }
}

function branchOf({ code, members }: Launch[number]) {
  const most = (wordsOf: (task: (typeof members)[number]["task"]) => number) =>
    members.reduce((words, { task }) => Math.max(words, wordsOf(task)), 0);
  return {
    code,
    tasks: members.length,
    sharedWords: most(({ sharedWords }) => sharedWords),
    sharedQuads: most(({ sharedQuads = 0 }) => sharedQuads),
    sharedHalves: most(({ sharedHalves = 0 }) => sharedHalves),
  };
}
