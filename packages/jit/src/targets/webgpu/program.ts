/** @file A graph as a list of launches on a GPU. */
import type { Buffer } from "../../expr/expr.ts";
import { expandControl, type Graph } from "@nnx-js/nn/trace";
import { Arena } from "../../memory/arena.ts";
import type { Again } from "../../lower/context.ts";
import { Holdings } from "../../memory/holdings.ts";
import { planMemory } from "../../plan/memory.ts";
import { inOrderOf } from "../../passes/reorder.ts";
import { prepare } from "../../plan/prepare.ts";
import type { CompileOptions } from "../target.ts";
import { describeProgram } from "./describe.ts";
import { hasSubgroups } from "./device/subgroups.ts";
import { findChains } from "./fuse/find-chains.ts";
import { fusePrologues } from "./fuse/prologues.ts";
import { Dispatches } from "./launch/dispatches.ts";
import { piecesOf } from "./launch/pieces.ts";
import { Places } from "./launch/places.ts";
import { type Launch, scheduled } from "./launch/schedule.ts";
import { Tables } from "./launch/tables.ts";
import { ALIGNMENT, type GpuHeap } from "./memory/gpu-heap.ts";
import { FINISHING } from "./tasks.ts";

/** GPUs do some forty operations in the time that it takes to bring an element from memory; small ones do more. */
const AGAIN: Again = { ofOne: 40, ofSeveral: 8, ofNone: 40 };

const WITHOUT_HALVES =
  "products: float32, and not float16 as asked for, since the device does not have the feature shader-f16";

/** A compiled graph. */
export interface WebGpuProgram {
  /**
   * Says where a parameter is in the heap, in bytes, or an output, which are numbered behind the parameters. An output
   * may be where the parameter is whose next value it is (`nextOf`).
   */
  setAddress(entry: number, address: number): void;
  /** Records all launches, in one pass. */
  record(): void;
  readonly launches: readonly Launch[];
  readonly dispatches: Dispatches;
  /** The launches, with the tasks, the bytes and operations and the code of each, and the memory plan, as text. */
  describe(): string;
  /** The memory that all its places are from. */
  readonly arena: Arena<GpuHeap>;
  /** All that it takes beside JavaScript's memory. */
  readonly holdings: Holdings;
}

/**
 * Compiles `graph` for the memory of `heap`.
 *
 * @throws UnsupportedKernelError for a kernel that has no rule, HeapFullError; nothing is left in the heap then
 */
export function compileWebGpu(graph: Graph, heap: GpuHeap, options: CompileOptions = {}): WebGpuProgram {
  const holdings = new Holdings();
  try {
    return compileInto(holdings, expandControl(graph), heap, options);
  } catch (error) {
    holdings.dispose();
    throw error;
  }
}

function compileInto(
  holdings: Holdings,
  graph: Graph,
  heap: GpuHeap,
  { matmulPrecision }: CompileOptions,
): WebGpuProgram {
  const { device } = heap.backend;
  const isHalf = matmulPrecision === "float16";
  const hasHalves = device.features.has("shader-f16");
  const arena = holdings.adopt(new Arena(heap));
  const assigned = prepare(graph, {
    language: "WebGPU",
    again: AGAIN,
    // A launch of its own would take longer than what it does.
    small: 16,
    finishing: FINISHING,
    follow: (map, { buffer }) => inOrderOf(map, buffer),
    // Loops over elements run at the same time in any case, and each as early as it can.
    mayBeUnlike: (step) => step.kind === "reduce" || (step.kind === "map" && step.size <= 1024),
    rewrite: fusePrologues,
  });
  const { steps, outputOf } = assigned;
  const memoryOf = (buffer: Buffer): unknown => {
    if (buffer.role.kind === "parameter") return buffer.role.index;
    const output = outputOf.get(buffer);
    return (output === undefined ? undefined : graph.outputs[output]!.nextOf) ?? buffer;
  };
  const launches = scheduled(
    piecesOf(findChains(steps, memoryOf), (buffer) => outputOf.has(buffer), isHalf && hasHalves),
    memoryOf,
    hasSubgroups(device),
  );
  const plan = planMemory(launches.map(momentOf), assigned, ALIGNMENT);
  const parameters = graph.parameters.length;
  const places = new Places(arena, plan, outputOf, parameters);
  const tables = new Tables(launches, (buffer) => places.of(buffer), {
    entries: parameters + graph.outputs.length,
    alignment: device.limits.minStorageBufferOffsetAlignment,
  });
  const dispatches = holdings.adopt(new Dispatches(graph.name, heap, launches, tables));
  return {
    setAddress: (entry, address) => tables.setPlace(entry, address / 4),
    record: () => dispatches.record(),
    launches,
    dispatches,
    describe: () =>
      [
        describeProgram(graph.name, launches, dispatches.texts, plan, assigned.floor()),
        ...(isHalf && !hasHalves ? [WITHOUT_HALVES] : []),
      ].join("\n"),
    arena,
    holdings,
  };
}

/** What all tasks of a launch read and write. */
function momentOf(launch: Launch): { reads: Buffer[]; writes: Buffer[] } {
  const tasks = launch.flatMap(({ members }) => members.map(({ task }) => task));
  return { reads: tasks.flatMap(({ reads }) => reads), writes: tasks.flatMap(({ writes }) => writes) };
}
