/** @file Byte addresses of buffers in a step's function. */
import type { FunctionBuilder } from "../../assembler/function-builder.ts";
import type { Local } from "../../assembler/types.ts";
import type { Buffer } from "../expr/expr.ts";

/** Where a buffer is: at a known address, or at one that stands in the program's table. */
export type Place = { readonly address: number } | { readonly entry: number };

/** The address of a buffer in a function: a constant, or a local plus nothing. */
export interface Base {
  readonly constant: number;
  readonly pointer: Local | undefined;
}

/** Loads the addresses that a function needs from the table, each once, when they are first asked for. */
export class Bases {
  private readonly pointers = new Map<number, Local>();
  private readonly f: FunctionBuilder;
  private readonly placeOf: (buffer: Buffer) => Place;
  private readonly table: number;

  constructor(f: FunctionBuilder, placeOf: (buffer: Buffer) => Place, table: number) {
    this.f = f;
    this.placeOf = placeOf;
    this.table = table;
  }

  /** Emits the loads for `buffers`: outside of all loops. */
  prepare(buffers: Iterable<Buffer>): void {
    for (const buffer of buffers) {
      const place = this.placeOf(buffer);
      if ("address" in place || this.pointers.has(place.entry)) continue;
      const pointer = this.f.local("i32");
      this.f
        .i32(0)
        .memory("i32.load", this.table + 4 * place.entry)
        .set(pointer);
      this.pointers.set(place.entry, pointer);
    }
  }

  of(buffer: Buffer): Base {
    const place = this.placeOf(buffer);
    if ("address" in place) return { constant: place.address, pointer: undefined };
    const pointer = this.pointers.get(place.entry);
    if (!pointer) throw new Error("internal: the address of a buffer was not prepared");
    return { constant: 0, pointer };
  }
}
