/** @file Byte addresses of buffers in a step's function. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { GlobalRef, Local } from "../assembler/types.ts";
import type { Buffer } from "../../../expr/expr.ts";
import { OPERAND } from "./script.ts";

/**
 * Where a buffer is while a program runs: at a known address, at one that stands in the program's table, or so many
 * bytes behind the beginning of the scratch memory of the thread that has to do with it. Of one that has a part there
 * for a block, `blockBytes` each, the part of the block that is being done lies there: the others would be around it.
 */
export type Place =
  | { readonly address: number }
  | { readonly entry: number }
  | { readonly scratch: number; readonly blockBytes?: number | undefined };

/** Global variables that say what is being done; threads have their own. */
export interface Current {
  /** The byte address of the list of operands of the step. */
  readonly operands: GlobalRef;
  /** The number of the block, and the byte address of the thread's scratch memory for blocks. */
  readonly block: GlobalRef;
  readonly blockScratch: GlobalRef;
}

/** The place in the list of operands of whatever step is running, for code that several share. */
interface OperandPlace {
  readonly operand: number;
  readonly kind: PlaceKind;
}

/** How the address of a place is found. */
export type PlaceKind = "address" | "entry" | "scratch" | "block";

/** How the address of `place` is found. */
export function kindOf(place: Place): PlaceKind {
  if ("address" in place) return "address";
  if ("entry" in place) return "entry";
  return place.blockBytes === undefined ? "scratch" : "block";
}

/** Where buffers are while code runs. */
export interface Placement {
  placeOf(buffer: Buffer): Place | OperandPlace;
  /** The byte address of the table of addresses. */
  readonly table: number;
  readonly current: Current;
}

/** Pushes the address of `buffer`, in the function of a step. */
function pushAddress(f: FunctionBuilder, placement: Placement, buffer: Buffer): void {
  const place = placement.placeOf(buffer);
  if ("address" in place) f.i32(place.address);
  else if ("entry" in place) f.i32(0).memory("i32.load", placement.table + 4 * place.entry);
  else if ("scratch" in place) {
    const { scratch, blockBytes } = place;
    if (blockBytes === undefined) f.get(f.params[0]!).plus(scratch);
    else
      pushInBlock(
        f,
        placement.current,
        () => f.i32(scratch),
        () => f.i32(blockBytes),
      );
  } else {
    const at = OPERAND.bytes * place.operand;
    const { operands } = placement.current;
    const pushPointer = () => f.getGlobal(operands).memory("i32.load", at + OPERAND.pointer);
    const pushOffset = () => f.getGlobal(operands).memory("i32.load", at + OPERAND.offset);
    if (place.kind === "block") return pushInBlock(f, placement.current, pushOffset, pushPointer);
    pushOffset();
    if (place.kind === "address") return;
    if (place.kind === "scratch") f.get(f.params[0]!);
    else pushPointer().memory("i32.load");
    f.op("i32.add");
  }
}

/** Pushes where a buffer would begin of which the current block's part is in the scratch memory; it may be below 0. */
function pushInBlock(
  f: FunctionBuilder,
  { block, blockScratch }: Current,
  offset: () => unknown,
  blockBytes: () => unknown,
): void {
  f.getGlobal(blockScratch);
  offset();
  f.op("i32.add").getGlobal(block);
  blockBytes();
  f.op("i32.mul").op("i32.sub");
}

/** The address of a buffer in a function: a constant, or a local plus nothing. */
export interface Base {
  readonly constant: number;
  readonly pointer: Local | undefined;
}

/** Loads the addresses that a function needs and that are not known, each once. */
export class Bases {
  readonly #pointers = new Map<Buffer, Local>();
  readonly #f: FunctionBuilder;
  readonly #placement: Placement;

  constructor(f: FunctionBuilder, placement: Placement) {
    this.#f = f;
    this.#placement = placement;
  }

  /** Emits the loads for `buffers`: outside of all loops. */
  prepare(buffers: Iterable<Buffer>): void {
    for (const buffer of buffers) {
      if ("address" in this.#placement.placeOf(buffer) || this.#pointers.has(buffer)) continue;
      const pointer = this.#f.local("i32");
      pushAddress(this.#f, this.#placement, buffer);
      this.#f.set(pointer);
      this.#pointers.set(buffer, pointer);
    }
  }

  of(buffer: Buffer): Base {
    const place = this.#placement.placeOf(buffer);
    if ("address" in place) return { constant: place.address, pointer: undefined };
    const pointer = this.#pointers.get(buffer);
    if (!pointer) throw new Error("internal: the address of a buffer was not prepared");
    return { constant: 0, pointer };
  }
}
