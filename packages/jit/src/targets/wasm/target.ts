/** @file The target `wasm`: one WebAssembly program on the heap, where Variables stay between calls. */
import type { Traced } from "../../capture/trace.ts";
import { JitArgumentError, WebAssemblyUnavailableError } from "../../errors.ts";
import type { Holdings } from "../../memory/holdings.ts";
import { type Code, ResidentProgram } from "../resident-program.ts";
import type { Program, Target } from "../target.ts";
import { whyNoWebAssembly } from "./availability.ts";
import { HeapArena } from "./memory/arena.ts";
import { HeapRegion } from "./memory/heap-region.ts";
import type { Heap } from "./memory/heap.ts";
import { theHeap } from "./memory/the-heap.ts";
import { compileWasm, type WasmProgram } from "./program.ts";
import { isReadable } from "./readable.ts";

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
  const program = compileWasm(traced.graph, heap);
  const arena = program.holdings.adopt(new HeapArena(heap));
  return new ResidentProgram(traced, new HeapCode(traced, heap, program), {
    shared: { space: heap, region: (shape, dtype) => new HeapRegion(heap, shape, dtype) },
    own: { space: heap, region: (shape, dtype) => new HeapRegion(arena, shape, dtype) },
  });
}

/** A program whose parameters and outputs are found by a table of addresses. */
class HeapCode implements Code<HeapRegion> {
  readonly holdings: Holdings;
  readonly #heap: Heap;
  readonly #program: WasmProgram;
  /** The table's contents. */
  readonly #addresses: Int32Array;
  #table: Int32Array;
  /** Whether they are not yet what the table holds. */
  #isTableOld = true;

  constructor({ graph }: Traced, heap: Heap, program: WasmProgram) {
    this.#heap = heap;
    this.#program = program;
    this.holdings = program.holdings;
    this.#addresses = new Int32Array(graph.parameters.length + graph.outputs.length);
    this.#table = heap.int32(program.table, this.#addresses.length);
  }

  place(entry: number, { address }: HeapRegion): void {
    if (this.#addresses[entry] === address) return;
    this.#addresses[entry] = address;
    this.#isTableOld = true;
  }

  run(): void {
    this.#fillTable();
    this.#program.run();
  }

  describe(): string {
    return this.#program.describe();
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
