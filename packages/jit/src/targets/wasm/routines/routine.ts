/** @file What the emitters of heavy routines give. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionRef, Local } from "../assembler/types.ts";

/**
 * A function of the module that does pieces of work:
 * `fn(operand addresses…, scratch, begin, end)`, all int32, does the units `begin` to `end - 1`.
 *
 * Units do not depend on each other and no sum crosses them: threads may share them in any way, the figures stay.
 */
export interface Routine {
  readonly fn: FunctionRef;
  /** At least 1. */
  readonly units: number;
  /** That one thread needs, from the address `scratch`, a multiple of 16; 0 if none. */
  readonly scratchBytes: number;
  /** Of all units: additions and multiplications. */
  readonly flops: number;
}

/** From the first to the one before the last. */
interface Extent {
  readonly first: Local;
  readonly last: Local;
}

/** A piece of a row-major result: rows, counted over batches, and columns of which the first is a multiple of 4. */
interface Piece {
  readonly rows: Extent;
  readonly columns: Extent;
}

/** What is done beside what a spec asks for. */
export interface Finished {
  /** With each piece of the result. */
  readonly epilogue?: Epilogue | undefined;
}

/** Work on the elements of a result, a piece at a time: as soon as a unit has stored it, while it is in the cache. */
export interface Epilogue {
  readonly emit: (f: FunctionBuilder, piece: Piece) => void;
}
