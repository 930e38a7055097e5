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
  /** How many units make a chunk of work; 0 where sharing is not worth while. Of a step in blocks: a block. */
  chunkUnits: 8,
  chunks: 12,
  /** The address of its list of operands. */
  operands: 16,
  bytes: 20,
} as const;

/**
 * Where the words of an operand lie: it is at `offset`, or that much behind the address that lies at `pointer` or the
 * beginning of the thread's scratch memory. Of one that lies there by blocks, `pointer` is the bytes of a block.
 */
export const OPERAND = { pointer: 0, offset: 4, bytes: 8 } as const;

/** Where the words of a chain lie: the addresses of its first step, and of the end of its last. */
export const CHAIN = { begin: 0, end: 4, bytes: 8 } as const;

/** A script in the heap. */
export interface Script {
  /** The addresses of the first step, and of the end of the last. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Writes the script of `steps`, and behind it those of their chains.
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
  const own = codes.length;
  /** The numbers of the codes with which chains begin and end. */
  const borders = codes.map(({ chains = [] }) =>
    chains.flatMap((chain) => [codes.length, codes.push(...chain.flatMap(withFollowing))]),
  );
  const listBytes = (code: StepCode, i: number) =>
    OPERAND.bytes * code.operands.length + 4 * (borders[i]?.length ?? 0);
  const length = codes.reduce((sum, code, i) => sum + STEP.bytes + listBytes(code, i), 0) / 4;
  const begin = heap.allocate(4 * length);
  const words = heap.int32(begin, length);
  const addressOf = (code: number) => begin + STEP.bytes * code;
  let at = STEP.bytes * codes.length;
  for (const [i, code] of codes.entries()) {
    const { units, chunkUnits, chunks } = chunksOf(code, helpers);
    const words5 = [module.tableIndex(code.fn), units, code.blockUnits ?? chunkUnits, chunks, begin + at];
    words.set(words5, (STEP.bytes * i) / 4);
    words.set((borders[i] ?? []).map(addressOf), at / 4);
    for (const [j, { place, offset }] of code.operands.entries()) {
      const operand = at + OPERAND.bytes * j;
      const known = "address" in place ? place.address : "scratch" in place ? place.scratch : 0;
      const pointer = "entry" in place ? table + 4 * place.entry : "scratch" in place ? place.blockBytes : 0;
      words[(operand + OPERAND.pointer) / 4] = pointer ?? 0;
      words[(operand + OPERAND.offset) / 4] = offset + known;
    }
    at += listBytes(code, i);
  }
  return { begin, end: addressOf(own) };
}

/** The addresses between the codes of a script, from its beginning to the end of the last. */
export function bordersOf({ begin }: Script, codes: readonly StepCode[]): number[] {
  let at = begin;
  return [begin, ...codes.map((code) => (at += STEP.bytes * withFollowing(code).length))];
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
