/** @file The target `wasm` in a call: the compiled program runs on the heap, where Variables stay between calls. */
import { isInTransaction, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ParameterSource, Traced, Write } from "../../capture/trace.ts";
import type { Value } from "../../graph/graph.ts";
import { HeapArena } from "./memory/arena.ts";
import type { Heap } from "./memory/heap.ts";
import { HeapRegion } from "./memory/heap-region.ts";
import type { Holdings } from "../../memory/holdings.ts";
import { makeResident, type NewRegion, type ResidentStore } from "../../residency/resident-store.ts";
import { compileWasm, type WasmProgram } from "./program.ts";
import type { Binding } from "../../call/binding.ts";
import type { Target } from "../../call/executable.ts";
import { aliveArgument } from "../kernels/kernels-target.ts";

/**
 * Compiles the graph. In the steady state a call copies the tensors of its arguments into the heap, runs the program
 * and makes tensors of its results; for a Variable it does nothing at all.
 *
 * @throws UnsupportedKernelError for a kernel that the compiler does not know, HeapFullError
 */
export function wasmTarget(traced: Traced, heap: Heap): Target {
  const program = compileWasm(traced.graph, heap);
  try {
    return new WasmTarget(traced, heap, program);
  } catch (error) {
    program.dispose();
    throw error;
  }
}

/** A parameter that is copied into the heap for each call. */
interface Staged {
  readonly position: number;
  readonly source: Extract<ParameterSource, { kind: "argument" | "tfVariable" }>;
  readonly region: HeapRegion;
}

/** A parameter that is a Variable of nn. */
interface Held {
  readonly position: number;
  readonly holder: number | Variable;
  /** The output with its next value. */
  readonly next: Write | undefined;
}

const newRegion: NewRegion<Heap> = (heap, shape, dtype) => new HeapRegion(heap, shape, dtype);

class WasmTarget implements Target {
  readonly name = "wasm";
  readonly holdings: Holdings;
  private readonly heap: Heap;
  private readonly arena: HeapArena;
  private readonly traced: Traced;
  private readonly program: WasmProgram;
  private readonly staged: readonly Staged[];
  private readonly held: readonly Held[];
  /** Writes that do not go into the place of a parameter. */
  private readonly otherWrites: readonly Write[];
  /** Outputs that are no next values, in front. */
  private readonly results: readonly number[];
  /** Places of parameters and outputs that are the program's alone, made when needed. */
  private readonly regions = new Map<number, HeapRegion>();
  /** The table's contents: addresses of parameters, then of outputs. */
  private readonly addresses: Int32Array;
  private table: Int32Array;
  /** Whether they are not yet what the table holds. */
  private isTableOld = true;

  constructor(traced: Traced, heap: Heap, program: WasmProgram) {
    const { graph, sources, writes } = traced;
    this.traced = traced;
    this.heap = heap;
    this.program = program;
    this.holdings = program.holdings;
    this.arena = this.holdings.adopt(new HeapArena(heap));
    const count = graph.parameters.length;
    this.addresses = new Int32Array(count + graph.outputs.length);
    const staged: Staged[] = [];
    const held: Held[] = [];
    const nextOf = new Map(writes.map((write) => [graph.outputs[write.output]!.nextOf, write]));
    for (const [position, source] of sources.entries()) {
      if (source.kind === "variable") {
        const next = nextOf.get(position);
        held.push({ position, holder: source.holder, next });
        continue;
      }
      const region = this.parameterRegion(position);
      if (source.kind === "captured") region.fill(source.tensor);
      else staged.push({ position, source, region });
    }
    this.staged = staged;
    this.held = held;
    const inPlace = new Set(held.map(({ next }) => next));
    this.otherWrites = writes.filter((write) => !inPlace.has(write));
    const written = new Set(writes.map(({ output }) => output));
    this.results = [...graph.outputs.keys()].filter((output) => !written.has(output));
    for (const output of this.results) this.outputRegion(output);
    for (const { output } of this.otherWrites) this.outputRegion(output);
    this.table = heap.int32(program.table, this.addresses.length);
  }

  run(binding: Binding): readonly tf.Tensor[] {
    const { staged, held } = this;
    // What a transaction may take back must not be written in place.
    const isBorrowed = isInTransaction();
    for (const { source, region } of staged) {
      const isArgument = source.kind === "argument";
      region.fill(
        isArgument
          ? aliveArgument(this.traced.graph.name, binding, source.leaf)
          : binding.tfVariable(source.holder),
      );
    }
    let areAllResident = true;
    for (let i = 0; i < held.length; i++) {
      const { position, holder, next } = held[i]!;
      const variable = binding.variable(holder);
      let resident: ResidentStore | undefined = binding.residents[i];
      if (isBorrowed || !resident || resident.isDisposed || variable.store !== resident) {
        resident = isBorrowed ? undefined : makeResident(variable, this.heap, newRegion);
        binding.residents[i] = resident;
        if (!resident) {
          areAllResident = false;
          this.borrow(variable, position, next);
          continue;
        }
      }
      const { address } = resident.region;
      this.setAddress(position, address);
      if (next) this.setAddress(this.tableIndex(next.output), address);
    }
    this.fillTable();
    this.program.run();
    return this.collect(binding, areAllResident);
  }

  describe(): string {
    return this.program.describe();
  }

  /** Lends the value of a Variable that stays where it is; its next value gets a place of its own. */
  private borrow(variable: Variable, position: number, next: Write | undefined): void {
    this.parameterRegion(position).fill(variable.value);
    if (next) this.outputRegion(next.output);
  }

  private setAddress(index: number, address: number): void {
    if (this.addresses[index] === address) return;
    this.addresses[index] = address;
    this.isTableOld = true;
  }

  private fillTable(): void {
    if (!this.isTableOld) return;
    if (this.table.buffer !== this.heap.memory.buffer) {
      this.table = this.heap.int32(this.program.table, this.addresses.length);
    }
    this.table.set(this.addresses);
    this.isTableOld = false;
  }

  /** Notes what was written in place, writes the rest, and makes tensors of the results. */
  private collect(binding: Binding, areAllResident: boolean): readonly tf.Tensor[] {
    const { held, results, otherWrites } = this;
    const backend = tf.engine().backend;
    const outputs: tf.Tensor[] = [];
    for (const output of results) outputs[output] = this.outputRegion(output).toTensor(backend);
    for (let i = 0; i < held.length; i++) {
      const { next, holder } = held[i]!;
      if (!next) continue;
      const resident = binding.residents[i];
      if (resident) resident.noteWrite();
      else this.write(binding.variable(holder), next);
    }
    for (const write of otherWrites) {
      if (write.kind === "variable") this.write(binding.variable(write.holder), write);
      else {
        const value = this.outputRegion(write.output).toTensor(backend);
        binding.tfVariable(write.holder).assign(value);
        value.dispose();
      }
    }
    if (!areAllResident) binding.residents.length = 0;
    return outputs;
  }

  private write(variable: Variable, { output }: Write): void {
    variable.value = this.outputRegion(output).toTensor(tf.engine().backend);
  }

  private tableIndex(output: number): number {
    return this.traced.graph.parameters.length + output;
  }

  private parameterRegion(position: number): HeapRegion {
    return this.place(position, this.traced.graph.parameters[position]!);
  }

  private outputRegion(output: number): HeapRegion {
    return this.place(this.tableIndex(output), this.traced.graph.outputs[output]!.value);
  }

  /** The program's own place for an entry of the table; from now on the entry points there. */
  private place(index: number, { shape, dtype }: Value): HeapRegion {
    let region = this.regions.get(index);
    if (!region) this.regions.set(index, (region = new HeapRegion(this.arena, shape, dtype)));
    this.setAddress(index, region.address);
    return region;
  }
}
