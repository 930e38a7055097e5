/** @file A graph as a list of launches on a GPU. */
import type { Graph } from "@nnx-js/nn/trace";
import { Arena } from "../../memory/arena.ts";
import { Holdings } from "../../memory/holdings.ts";
import type { CompileOptions } from "../target.ts";
import { describeProgram } from "./describe.ts";
import { hasSubgroups } from "./device/subgroups.ts";
import { Dispatches, type Part } from "./launch/dispatches.ts";
import { Places } from "./launch/places.ts";
import { type PlacedLaunch, Tables } from "./launch/tables.ts";
import type { GpuHeap } from "./memory/gpu-heap.ts";
import { isLoop, type Item, type PreparedGraph, prepareGraph } from "./prepared.ts";

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
  readonly items: readonly Item[];
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
    return compileInto(holdings, graph, heap, options);
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
  const prepared = prepareGraph(graph, {
    maySubgroup: hasSubgroups(device),
    sharedBytes: device.limits.maxComputeWorkgroupStorageSize,
    mayHalve: isHalf && hasHalves,
  });
  const launches: PlacedLaunch[] = [];
  const parts = partsOf(prepared, Places.of(prepared, arena), launches);
  const tables = new Tables(launches, {
    entries: graph.parameters.length + graph.outputs.length,
    alignment: device.limits.minStorageBufferOffsetAlignment,
    turns: mostTurns(prepared),
  });
  const dispatches = holdings.adopt(new Dispatches(graph.name, heap, launches, tables, parts));
  return {
    setAddress: (entry, address) => tables.setPlace(entry, address / 4),
    record: () => dispatches.record(),
    items: prepared.items,
    dispatches,
    describe: () =>
      [describeProgram(prepared, dispatches.texts), ...(isHalf && !hasHalves ? [WITHOUT_HALVES] : [])].join(
        "\n",
      ),
    arena,
    holdings,
  };
}

/** What runs one after the other; launches, those of loops too, go into `launches`. */
function partsOf({ items }: PreparedGraph, places: Places, launches: PlacedLaunch[]): Part[] {
  return items.map((item) => {
    if (!isLoop(item)) return launches.push({ launch: item, placeOf: (buffer) => places.of(buffer) }) - 1;
    const { length, reverse, body } = item;
    return { length, reverse, parts: partsOf(body, places.inside(item), launches) };
  });
}

function mostTurns({ items }: PreparedGraph): number {
  return items.reduce(
    (most, item) => (isLoop(item) ? Math.max(most, item.length, mostTurns(item.body)) : most),
    0,
  );
}
