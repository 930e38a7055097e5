/** @file Loads and stores of the first lanes of a vector, which touch nothing behind them. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";

/** Bytes of an element. */
export const ELEMENT = 4;

/** Bytes of a vector. */
export const VECTOR = 16;

/** Loads `lanes` (1 to 4) elements at `address + offset`; the other lanes are 0. → v128 */
export function loadLanes(f: FunctionBuilder, address: Local, offset: number, lanes: number): void {
  if (lanes === 4) f.get(address).memory("v128.load", offset);
  else if (lanes === 1) f.get(address).memory("v128.load32_zero", offset);
  else if (lanes === 2) f.get(address).memory("v128.load64_zero", offset);
  else {
    f.get(address);
    f.get(address).memory("v128.load64_zero", offset);
    f.memoryLane("v128.load32_lane", 2, offset + 2 * ELEMENT);
  }
}

/** Stores the first `lanes` (1 to 4) elements of `vector` at `address + offset`. */
export function storeLanes(
  f: FunctionBuilder,
  address: Local,
  offset: number,
  lanes: number,
  vector: Local,
): void {
  f.get(address).get(vector);
  if (lanes === 4) f.memory("v128.store", offset);
  else if (lanes === 1) f.memoryLane("v128.store32_lane", 0, offset);
  else {
    f.memoryLane("v128.store64_lane", 0, offset);
    if (lanes === 3)
      f.get(address)
        .get(vector)
        .memoryLane("v128.store32_lane", 2, offset + 2 * ELEMENT);
  }
}
