/** @file The script of a program: which code runs, one step after the other, and on what. It is data, so that thousands of steps take no code of their own. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Allocator } from "../memory/arena.ts";
import type { Heap } from "../memory/heap.ts";
import { chunksOf } from "./sharing.ts";
import type { StepCode } from "./step-function.ts";

/** Where the words of a step lie, in bytes. */
export const STEP = {
  /** The number of its function in the module's table. */
  code: 0,
  units: 4,
  /** How many units make a chunk of work; 0 where sharing is not worth while. */
  chunkUnits: 8,
  chunks: 12,
  /** The address of its list of operands. */
  operands: 16,
  bytes: 20,
} as const;

/** Where the words of an operand lie: it is at `offset`, or that much behind the address that lies at `pointer`. */
export const OPERAND = { pointer: 0, offset: 4, bytes: 8 } as const;

/** A script in the heap. */
export interface Script {
  /** The addresses of the first step, and of the end of the last. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Writes the script of `steps`.
 *
 * @param table the address of the program's table of addresses
 * @param helpers how many threads beside the main one share the work
 */
export function writeScript(
  heap: Allocator,
  module: ModuleBuilder,
  steps: readonly StepCode[],
  { table, helpers }: { readonly table: number; readonly helpers: number },
): Script {
  const codes = steps.flatMap(withFollowing);
  const count = codes.reduce((sum, { operands }) => sum + operands.length, 0);
  const stepsBytes = STEP.bytes * codes.length;
  const length = (stepsBytes + OPERAND.bytes * count) / 4;
  const begin = heap.allocate(4 * length);
  const words = heap.int32(begin, length);
  let at = stepsBytes;
  for (const [i, code] of codes.entries()) {
    const { units, chunkUnits, chunks } = chunksOf(code, helpers);
    words.set([module.tableIndex(code.fn), units, chunkUnits, chunks, begin + at], (STEP.bytes * i) / 4);
    for (const { place, offset } of code.operands) {
      const isKnown = "address" in place;
      words[(at + OPERAND.pointer) / 4] = isKnown ? 0 : table + 4 * place.entry;
      words[(at + OPERAND.offset) / 4] = offset + (isKnown ? place.address : 0);
      at += OPERAND.bytes;
    }
  }
  return { begin, end: begin + stepsBytes };
}

/** The code of a step, and what has to be done after it. */
function withFollowing(code: StepCode): StepCode[] {
  return code.finish ? [code, ...withFollowing({ ...code.finish, operands: code.operands })] : [code];
}

/** Lets the step number `i` of a script, as it is, be done or not: its words are 0 then. */
export function enabler(
  heap: Pick<Heap, "int32">,
  { begin }: Script,
  i: number,
): (isEnabled: boolean) => void {
  const at = begin + STEP.bytes * i + STEP.units;
  const words = [...heap.int32(at, 2)];
  return (isEnabled) => heap.int32(at, 2).set(isEnabled ? words : [0, 0]);
}
