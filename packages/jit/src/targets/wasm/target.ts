/** @file The target `wasm`: one WebAssembly program on the heap, where Variables stay between calls. */
import type { Traced } from "../../capture/trace.ts";
import { JitArgumentError, WebAssemblyUnavailableError } from "../../errors.ts";
import type { Holdings } from "../../memory/holdings.ts";
import type { LaunchProfile } from "../../profile.ts";
import { type Code, ResidentProgram } from "../resident-program.ts";
import type { Profiler, Program, Target } from "../target.ts";
import { whyNoWebAssembly } from "./availability.ts";
import { HeapArena } from "./memory/arena.ts";
import { HeapRegion } from "./memory/heap-region.ts";
import type { Heap } from "./memory/heap.ts";
import { theHeap } from "./memory/the-heap.ts";
import { compileWasm, type WasmProgram } from "./program.ts";
import { isReadable } from "./readable.ts";
import { PackedWeights } from "./weights/packed-weights.ts";

/** Compiles graphs to WebAssembly. */
export const wasm: Target = {
  name: "wasm",
  tracesFor: () => "nnx-wasm",
  check(name, backendName) {
    if (!isReadable(backendName)) {
      throw new JitArgumentError(
        name,
        `expected a backend whose values can be read at once for the target wasm, found ${backendName}. ` +
          `Leave the target out: jit(fn) takes the one for ${backendName}.`,
      );
    }
    const reason = whyNoWebAssembly();
    if (reason !== undefined) throw new WebAssemblyUnavailableError(name, reason);
  },
  compile: (traced) => compileFor(theHeap(), traced),
};

function compileFor(heap: Heap, traced: Traced): Program {
  const program = compileWasm(traced.graph, heap, stillParameters(traced));
  const code = new HeapCode(traced, heap, program);
  const arena = program.holdings.adopt(new HeapArena(heap));
  return new ResidentProgram(traced, code, {
    shared: { space: heap, region: (shape, dtype) => new HeapRegion(heap, shape, dtype) },
    own: { space: heap, region: (shape, dtype) => new HeapRegion(arena, shape, dtype) },
  });
}

/** The parameters that no call of the program changes: Variables that it only reads, and tensors that it closes over. */
function stillParameters({ graph, sources }: Traced): ReadonlySet<number> {
  const written = new Set(graph.outputs.map(({ nextOf }) => nextOf));
  const isStill = (position: number) =>
    sources[position]!.kind === "captured" ||
    (sources[position]!.kind === "variable" && !written.has(position));
  return new Set([...sources.keys()].filter(isStill));
}

/** A program whose parameters and outputs are found by a table of addresses. */
class HeapCode implements Code<HeapRegion> {
  readonly holdings: Holdings;
  readonly #heap: Heap;
  readonly #program: WasmProgram;
  /** The table's contents. */
  readonly #addresses: Int32Array;
  /** Where parameters and outputs are. */
  readonly #regions: (HeapRegion | undefined)[] = [];
  /** The first entry of an output, and that behind the last. */
  readonly #outputs: { readonly first: number; readonly end: number };
  readonly #weights: PackedWeights;
  /** Those of the call that is timed, if one is. */
  #launches: LaunchProfile[] | undefined;
  #table: Int32Array;
  /** Whether they are not yet what the table holds. */
  #isTableOld = true;

  constructor({ graph }: Traced, heap: Heap, program: WasmProgram) {
    this.#heap = heap;
    this.#program = program;
    this.holdings = program.holdings;
    const first = graph.parameters.length;
    this.#outputs = { first, end: first + graph.outputs.length };
    this.#weights = this.holdings.adopt(new PackedWeights(program.packing));
    this.#addresses = new Int32Array(this.#outputs.end + program.packing.length);
    this.#table = heap.int32(program.table, this.#addresses.length);
  }

  place(entry: number, region: HeapRegion): void {
    this.#regions[entry] = region;
    this.#setAddress(entry, region.address);
  }

  run(): void {
    for (let i = this.#outputs.first; i < this.#outputs.end; i++) this.#regions[i]!.revision++;
    this.#weights.prepare(this.#regions, (entry, address) => this.#setAddress(entry, address));
    this.#fillTable();
    if (this.#launches) this.#launches.push(...this.#program.runTimed());
    else this.#program.run();
    this.#weights.note();
  }

  describe(): string {
    return this.#program.describe();
  }

  readonly profiler: Profiler = {
    start: () => {
      this.#launches = [];
      return Promise.resolve();
    },
    stop: () => {
      const launches = this.#launches ?? [];
      this.#launches = undefined;
      return Promise.resolve(launches);
    },
  };

  #setAddress(entry: number, address: number): void {
    if (this.#addresses[entry] === address) return;
    this.#addresses[entry] = address;
    this.#isTableOld = true;
  }

  #fillTable(): void {
    if (!this.#isTableOld) return;
    if (this.#table.buffer !== this.#heap.memory.buffer) {
      this.#table = this.#heap.int32(this.#program.table, this.#addresses.length);
    }
    this.#table.set(this.#addresses);
    this.#isTableOld = false;
  }
}
