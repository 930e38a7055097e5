/** @file The launches of a program as a device runs them. */
import type { PipelineCode } from "../device/pipelines.ts";
import { USAGE } from "../device/usage.ts";
import type { GpuHeap } from "../memory/gpu-heap.ts";
import { moduleText } from "./module.ts";
import type { Launch } from "./schedule.ts";
import { numbersOf } from "./task-code.ts";
import { dispatchOf, groupsOf, type PlacedLaunch, type Tables } from "./tables.ts";
import { hasClock, Timing } from "./timing.ts";

/** The code of a launch and how often it runs. */
interface Dispatch extends PipelineCode {
  readonly x: number;
  readonly y: number;
}

/** A launch, by its number, or what is done again and again: in a loop over slices. */
export type Part = number | Turns;

interface Turns {
  readonly length: number;
  /** Whether the last turn comes first. */
  readonly reverse: boolean;
  readonly parts: readonly Part[];
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
  private readonly parts: readonly Part[];
  private pipelines: readonly GPUComputePipeline[] | undefined;
  private readonly table: GPUBuffer;
  private group: GPUBindGroup | undefined;
  /** The buffer of the heap that `group` binds. */
  private bound: GPUBuffer | undefined;
  private fault: string | undefined;
  /** Takes the times of the next call. */
  private timing: Timing | undefined;

  /** Where the table of a launch begins, and the number of the turn. */
  private readonly offsets = new Uint32Array(2);
  /** The pipeline of the last launch of the pass. */
  private last: GPUComputePipeline | undefined;

  /**
   * @param name of the program, for tools that show what a device does
   * @param parts what runs, one after the other
   */
  constructor(
    name: string,
    heap: GpuHeap,
    launches: readonly PlacedLaunch[],
    tables: Tables,
    parts: readonly Part[],
  ) {
    const { device } = heap.backend;
    this.heap = heap;
    this.tables = tables;
    this.parts = parts;
    this.texts = launches.map(({ launch }) => moduleText(launch.map(branchOf)));
    const most = device.limits.maxComputeWorkgroupsPerDimension;
    this.list = launches.map(({ launch }, i) => {
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
    this.recordIn(this.heap.encoder().beginComputePass(), this.parts);
  }

  /** Has the next call be timed, part by part, which then run one after the other; answers whether it can be. */
  startTiming(): boolean {
    const { device } = this.heap.backend;
    if (!hasClock(device)) return false;
    this.timing = new Timing(device, this.parts.length);
    return true;
  }

  /** Milliseconds of each part of the call that was timed; none if there was none. */
  async times(): Promise<readonly number[]> {
    const { timing } = this;
    this.timing = undefined;
    return timing ? timing.read() : [];
  }

  /** Each part in a pass of its own. */
  private recordTimed(timing: Timing): void {
    const encoder = this.heap.encoder();
    for (const [i, part] of this.parts.entries()) {
      this.recordIn(encoder.beginComputePass(timing.passOf(i)), [part]);
    }
    timing.resolve(encoder);
  }

  /** Records all of a pass. */
  private recordIn(pass: GPUComputePassEncoder, parts: readonly Part[]): void {
    this.last = undefined;
    this.recordParts(pass, parts, 0);
    pass.end();
  }

  /** @param turn of the loop that `parts` are in */
  private recordParts(pass: GPUComputePassEncoder, parts: readonly Part[], turn: number): void {
    for (const part of parts) {
      if (typeof part === "number") {
        this.dispatch(pass, part, turn);
        continue;
      }
      const { length, reverse } = part;
      for (let i = 0; i < length; i++) this.recordParts(pass, part.parts, reverse ? length - 1 - i : i);
    }
  }

  private dispatch(pass: GPUComputePassEncoder, i: number, turn: number): void {
    const { x, y } = this.list[i]!;
    const { tables, offsets } = this;
    const pipeline = this.pipelines![i]!;
    if (pipeline !== this.last) pass.setPipeline((this.last = pipeline));
    offsets[0] = tables.offsets[i]!;
    offsets[1] = turn * tables.alignment;
    pass.setBindGroup(0, this.group!, offsets, 0, 2);
    pass.dispatchWorkgroups(x, y);
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
        { binding: 2, resource: { buffer: table, offset: tables.turns, size: 4 * numbersOf(0).length } },
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
