/** @file Where the elements of buffers are, in a loop nest. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { Buffer } from "../../../expr/expr.ts";
import type { Layout } from "../../../expr/segments.ts";
import type { Bases } from "./addresses.ts";
import type { LoopNest } from "./loops.ts";

/** Computes addresses; those parts that outer loops determine stay in locals. */
export class ElementAddresses {
  readonly #f: FunctionBuilder;
  readonly #bases: Bases;
  readonly #nest: LoopNest;
  readonly #counters: readonly Local[];
  /** Addresses without the innermost loops' part, by pointer and strides. */
  readonly #prefixes = new Map<string, Local>();

  /** @param counters one for each loop: 4 times the index */
  constructor(f: FunctionBuilder, bases: Bases, nest: LoopNest, counters: readonly Local[]) {
    this.#f = f;
    this.#bases = bases;
    this.#nest = nest;
    this.#counters = counters;
  }

  /** Pushes the address of the current element of `layout`, but for the byte offset that it gives; `more` pushes bytes to add. */
  push(buffer: Buffer, layout: Layout, elements = 0, more?: () => void): number {
    const f = this.#f;
    const base = this.#bases.of(buffer);
    const strides = this.#nest.stridesOf(layout);
    const innermost = strides.length - 1;
    const fixed = base.constant + 4 * (layout.offset + elements);
    let pushed = false;
    const add = (emit: () => void) => {
      emit();
      if (pushed) f.op("i32.add");
      pushed = true;
    };
    const prefix = this.#prefix(base.pointer, strides);
    if (prefix) add(() => f.get(prefix));
    if (innermost >= 0 && strides[innermost] !== 0) add(() => this.#pushStep(innermost, strides[innermost]!));
    if (more) add(more);
    // The offset of an instruction is not added modulo 2^32, as a negative step needs it.
    const isApart = fixed >= 0 && strides.every((stride) => stride >= 0);
    if (!isApart) add(() => f.i32(fixed));
    if (!pushed) f.i32(0);
    return isApart ? fixed : 0;
  }

  /** A local with the part of an address that loops around the innermost determine. */
  #prefix(pointer: Local | undefined, strides: readonly number[]): Local | undefined {
    const f = this.#f;
    const outer = strides.slice(0, -1);
    if (outer.every((stride) => stride === 0)) return pointer;
    const key = `${pointer?.index ?? ""}:${outer.join()}`;
    const known = this.#prefixes.get(key);
    if (known) return known;
    const local = f.local("i32");
    let pushed = false;
    if (pointer) {
      f.get(pointer);
      pushed = true;
    }
    for (const [loop, stride] of outer.entries()) {
      if (stride === 0) continue;
      this.#pushStep(loop, stride);
      if (pushed) f.op("i32.add");
      pushed = true;
    }
    f.set(local);
    this.#prefixes.set(key, local);
    return local;
  }

  /** Emits the outer part of the addresses of `layout`: before the innermost loop. */
  prepare(buffer: Buffer, layout: Layout): void {
    this.#prefix(this.#bases.of(buffer).pointer, this.#nest.stridesOf(layout));
  }

  /** Runs `body`; what locals held before it, they hold after it, and nothing else. */
  scoped(body: () => void): void {
    const prefixes = new Map(this.#prefixes);
    body();
    restore(this.#f, this.#prefixes, prefixes);
  }

  #pushStep(loop: number, stride: number): void {
    this.#f.get(this.#counters[loop]!);
    if (stride !== 1) this.#f.i32(stride).op("i32.mul");
  }
}

/** Frees the locals that `current` holds beyond `before`. */
export function restore<K>(f: FunctionBuilder, current: Map<K, Local>, before: ReadonlyMap<K, Local>): void {
  for (const [key, local] of current) {
    if (before.has(key)) continue;
    f.free(local);
    current.delete(key);
  }
}
