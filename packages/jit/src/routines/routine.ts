/** @file What the emitters of heavy routines give. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { FunctionRef, Local } from "../assembler/types.ts";

/**
 * A function of the module that does pieces of work:
 * `fn(operand addresses…, extra operands…, scratch, begin, end)`, all int32, does the units `begin` to `end - 1`.
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

/** Where a vector of a result is that an epilogue may change before it is stored. */
interface ResultVector {
  /** The number of the result's row, counted over batches: its first element is at `row * columns`. */
  readonly row: Local;
  /** What to add to `row`. */
  readonly rowOffset: number;
  /** The column of the first lane: an int32 local. */
  readonly column: Local;
  /** What to add to `column`. */
  readonly columnOffset: number;
  /** How many lanes are of the result: 1 to 4. */
  readonly lanes: number;
  /** The addresses of the extra operands. */
  readonly operands: readonly Local[];
}

/** Changes the result's vector on the stack: v128 → v128. It may read its operands, as many as `operands` says. */
export interface Epilogue {
  readonly operands: number;
  readonly emit: (f: FunctionBuilder, at: ResultVector) => void;
}
