/** @file A program whose Variables stay in the memory of its target between calls. */
import { isInTransaction, type Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { ParameterSource, Traced, Write } from "../capture/trace.ts";
import type { Value } from "@nnx-js/nn/trace";
import type { Holdings } from "../memory/holdings.ts";
import type { Memory, Region } from "../residency/region.ts";
import { makeResident } from "../residency/resident-store.ts";
import { aliveArgument } from "./alive-argument.ts";
import type { Call, Profiler, Program } from "./target.ts";

/** What a graph was compiled to: it computes outputs from parameters, in regions of a memory. */
export interface Code<R extends Region> {
  /**
   * Says where a parameter or an output is in this call and in all later ones, until it is said anew: entry `i` is
   * parameter `i`, behind them come the outputs. An output may be where the parameter is whose next value it is
   * (`nextOf`).
   */
  place(entry: number, region: R): void;
  /**
   * Begins a call, before parameters come.
   *
   * @throws whatever keeps it from running
   */
  begin?(): void;
  /** Computes the outputs from the parameters. */
  run(): void;
  /** Ends a call, when outputs have been taken. */
  end?(): void;
  /** Settles when its code is compiled as far as the first run would have to wait for that. */
  ready?(): Promise<void>;
  describe(): string;
  readonly profiler?: Profiler | undefined;
  readonly holdings: Holdings;
}

/** Where the values of a program live. */
export interface Memories<R extends Region> {
  /** Of Variables, which all programs share. */
  readonly shared: Memory<R>;
  /** Of the program alone, given back with its holdings. */
  readonly own: Memory<R>;
}

/** A parameter that is copied into the memory for each call. */
interface Staged<R extends Region> {
  readonly source: Extract<ParameterSource, { kind: "argument" | "tfVariable" }>;
  readonly region: R;
}

/** A parameter that is a Variable of nn. */
interface Held {
  readonly position: number;
  readonly holder: number | Variable;
  /** The output with its next value. */
  readonly next: Write | undefined;
}

/**
 * In the steady state a call copies the tensors of its arguments into the memory, runs the code and makes tensors of its
 * results; for a Variable it does nothing at all.
 */
export class ResidentProgram<R extends Region> implements Program {
  readonly holdings: Holdings;
  readonly #code: Code<R>;
  readonly #memories: Memories<R>;
  readonly #traced: Traced;
  readonly #staged: readonly Staged<R>[];
  readonly #held: readonly Held[];
  /** Writes that do not go into the place of a parameter. */
  readonly #otherWrites: readonly Write[];
  /** Outputs that are no next values, in front. */
  readonly #results: readonly number[];
  /** Places of parameters and outputs that are the program's alone, made when needed. */
  readonly #regions = new Map<number, R>();

  /** @throws HeapFullError; `code` is disposed of then */
  constructor(traced: Traced, code: Code<R>, memories: Memories<R>) {
    const { graph, sources, writes } = traced;
    this.#traced = traced;
    this.#code = code;
    this.holdings = code.holdings;
    this.#memories = memories;
    const held: Held[] = [];
    const nextOf = new Map(writes.map((write) => [graph.outputs[write.output]!.nextOf, write]));
    for (const [position, source] of sources.entries()) {
      if (source.kind === "variable")
        held.push({ position, holder: source.holder, next: nextOf.get(position) });
    }
    this.#held = held;
    const inPlace = new Set(held.map(({ next }) => next));
    this.#otherWrites = writes.filter((write) => !inPlace.has(write));
    const written = new Set(writes.map(({ output }) => output));
    this.#results = [...graph.outputs.keys()].filter((output) => !written.has(output));
    try {
      this.#staged = this.#stage();
      for (const output of this.#results) this.#outputRegion(output);
      for (const { output } of this.#otherWrites) this.#outputRegion(output);
    } catch (error) {
      this.holdings.dispose();
      throw error;
    }
  }

  run(call: Call): readonly tf.Tensor[] {
    const staged = this.#staged;
    const held = this.#held;
    const code = this.#code;
    const memories = this.#memories;
    // What a transaction may take back must not be written in place.
    const isBorrowed = isInTransaction();
    code.begin?.();
    for (const { source, region } of staged) {
      const isArgument = source.kind === "argument";
      region.fill(
        isArgument
          ? aliveArgument(this.#traced.graph.name, call, source.leaf)
          : call.tfVariable(source.holder),
      );
    }
    let areAllResident = true;
    for (let i = 0; i < held.length; i++) {
      const { position, holder, next } = held[i]!;
      const variable = call.variable(holder);
      let resident = call.residents[i];
      if (isBorrowed || !resident || resident.isDisposed || variable.store !== resident) {
        resident = isBorrowed ? undefined : makeResident(variable, memories.shared);
        call.residents[i] = resident;
        if (!resident) {
          areAllResident = false;
          this.#borrow(variable, position, next);
          continue;
        }
      }
      // Only this program puts them there, of its own memory.
      const region = resident.region as R;
      code.place(position, region);
      if (next) code.place(this.#entryOf(next.output), region);
    }
    // All that may fail comes before anything is written.
    const reserved = this.#reserve(call);
    try {
      code.run();
    } catch (error) {
      for (const tensor of reserved) tensor?.dispose();
      throw error;
    }
    const outputs = this.#collect(call, reserved, areAllResident);
    code.end?.();
    return outputs;
  }

  async ready(): Promise<void> {
    await this.#code.ready?.();
  }

  describe(): string {
    return this.#code.describe();
  }

  /** That of the code. */
  get profiler(): Profiler | undefined {
    return this.#code.profiler;
  }

  /** Gives places to the parameters that are no Variables of nn, and values to those that never change. */
  #stage(): Staged<R>[] {
    const staged: Staged<R>[] = [];
    for (const [position, source] of this.#traced.sources.entries()) {
      if (source.kind === "variable") continue;
      const region = this.#parameterRegion(position);
      if (source.kind === "captured") region.fill(source.tensor);
      else staged.push({ source, region });
    }
    return staged;
  }

  /** Lends the value of a Variable that stays where it is; its next value gets a place of its own. */
  #borrow(variable: Variable, position: number, next: Write | undefined): void {
    this.#parameterRegion(position).fill(variable.value);
    if (next) this.#outputRegion(next.output);
  }

  /** Tensors for the outputs that become some, where the backend makes them without elements. */
  #reserve(call: Call): (tf.Tensor | undefined)[] {
    const held = this.#held;
    const results = this.#results;
    const otherWrites = this.#otherWrites;
    const { backend } = tf.engine();
    const reserved: (tf.Tensor | undefined)[] = [];
    const add = (output: number) => (reserved[output] = this.#outputRegion(output).reserve(backend));
    try {
      for (const output of results) add(output);
      for (let i = 0; i < held.length; i++) {
        const { next } = held[i]!;
        if (next && !call.residents[i]) add(next.output);
      }
      for (const { output } of otherWrites) add(output);
    } catch (error) {
      for (const tensor of reserved) tensor?.dispose();
      throw error;
    }
    return reserved;
  }

  /** Notes what was written in place, writes the rest, and makes tensors of the results. */
  #collect(
    call: Call,
    reserved: readonly (tf.Tensor | undefined)[],
    areAllResident: boolean,
  ): readonly tf.Tensor[] {
    const held = this.#held;
    const results = this.#results;
    const otherWrites = this.#otherWrites;
    const { backend } = tf.engine();
    const tensorOf = (output: number) => this.#outputRegion(output).toTensor(backend, reserved[output]);
    const outputs: tf.Tensor[] = [];
    for (const output of results) outputs[output] = tensorOf(output);
    for (let i = 0; i < held.length; i++) {
      const { next, holder } = held[i]!;
      if (!next) continue;
      const resident = call.residents[i];
      if (resident) resident.noteWrite();
      else call.variable(holder).value = tensorOf(next.output);
    }
    for (const write of otherWrites) {
      const value = tensorOf(write.output);
      if (write.kind === "variable") call.variable(write.holder).value = value;
      else {
        call.tfVariable(write.holder).assign(value);
        value.dispose();
      }
    }
    if (!areAllResident) call.residents.length = 0;
    return outputs;
  }

  #entryOf(output: number): number {
    return this.#traced.graph.parameters.length + output;
  }

  #parameterRegion(position: number): R {
    return this.#region(position, this.#traced.graph.parameters[position]!);
  }

  #outputRegion(output: number): R {
    return this.#region(this.#entryOf(output), this.#traced.graph.outputs[output]!.value);
  }

  /** The program's own place for an entry, which is there from now on. */
  #region(entry: number, { shape, dtype }: Value): R {
    let region = this.#regions.get(entry);
    if (!region) this.#regions.set(entry, (region = this.#memories.own.region(shape, dtype)));
    this.#code.place(entry, region);
    return region;
  }
}
