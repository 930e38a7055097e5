/** @file A graph as a list of launches on a GPU. */
import type { Graph } from "../../graph/graph.ts";
import type { Buffer } from "../../expr/expr.ts";
import { lowerGraph } from "../../lower/lower-graph.ts";
import { Arena } from "../../memory/arena.ts";
import { Holdings } from "../../memory/holdings.ts";
import { fuseEpilogues } from "../../passes/fuse.ts";
import { mergeSteps } from "../../passes/merge.ts";
import { planMemory } from "../../plan/memory.ts";
import { assignOutputs } from "../../plan/outputs.ts";
import { describeProgram } from "./describe.ts";
import { Places } from "./launch/places.ts";
import { scheduled } from "./launch/schedule.ts";
import { Tables } from "./launch/tables.ts";
import { Dispatches } from "./launch/dispatches.ts";
import { piecesOf } from "./launch/pieces.ts";
import { FINISHING } from "./tasks.ts";
import { ALIGNMENT, type GpuHeap } from "./memory/gpu-heap.ts";

/** A compiled graph. */
export interface WebGpuProgram {
  /**
   * Says where a parameter, or an output (these are numbered behind the parameters), is in the heap: in bytes. An
   * output may be where the parameter is whose next value it is (`nextOf`).
   */
  setAddress(entry: number, address: number): void;
  /** Records all launches, in one pass. */
  record(): void;
  readonly dispatches: Dispatches;
  /** The launches, with the tasks, the bytes and operations and the code of each, and the memory plan, as text. */
  describe(): string;
  /** All that it takes beside JavaScript's memory. */
  readonly holdings: Holdings;
}

/**
 * Compiles `graph` for the memory of `heap`.
 *
 * @throws UnsupportedKernelError for a kernel that has no rule, HeapFullError; nothing is left in the heap then
 */
export function compileWebGpu(graph: Graph, heap: GpuHeap): WebGpuProgram {
  const holdings = new Holdings();
  try {
    return compileInto(holdings, graph, heap);
  } catch (error) {
    holdings.dispose();
    throw error;
  }
}

function compileInto(holdings: Holdings, graph: Graph, heap: GpuHeap): WebGpuProgram {
  const arena = holdings.adopt(new Arena(heap));
  const lowered = lowerGraph(graph, "WebGPU");
  const merged = fuseEpilogues(mergeSteps(lowered.steps), FINISHING);
  const assigned = assignOutputs(graph, { ...lowered, steps: merged });
  const { steps, outputOf } = assigned;
  const memoryOf = (buffer: Buffer): Buffer => {
    const output = outputOf.get(buffer);
    const next = output === undefined ? undefined : graph.outputs[output]!.nextOf;
    return next === undefined ? buffer : lowered.parameters[next]!;
  };
  const launches = scheduled(piecesOf(steps), memoryOf);
  const plan = planMemory(
    launches.map((launch) => {
      const tasks = launch.flatMap(({ members }) => members.map(({ task }) => task));
      return {
        reads: tasks.flatMap(({ reads }) => reads),
        writes: tasks.flatMap(({ writes }) => writes),
      };
    }),
    assigned,
    ALIGNMENT,
  );
  const counts = { parameters: graph.parameters.length, outputs: graph.outputs.length };
  const places = new Places(arena, plan, outputOf, counts.parameters);
  const tables = new Tables(launches, (buffer) => places.of(buffer), {
    entries: counts.parameters + counts.outputs,
    alignment: heap.backend.device.limits.minStorageBufferOffsetAlignment,
  });
  const dispatches = holdings.adopt(new Dispatches(graph.name, heap, launches, tables));
  return {
    setAddress: (entry, address) => tables.setPlace(entry, address / 4),
    record: () => dispatches.record(),
    dispatches,
    describe: () => describeProgram(graph.name, launches, dispatches.texts, plan),
    holdings,
  };
}
