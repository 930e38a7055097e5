/** @file Loads and stores of the first lanes of a vector, which touch nothing behind them; lanes of four vectors. */
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

/** Transposes four vectors in place: lane j of vector i becomes lane i of vector j. */
export function transpose4(f: FunctionBuilder, rows: readonly Local[]): void {
  const [a, b, c, d] = rows as [Local, Local, Local, Local];
  const pairs = f.locals("v128", 4);
  const [ab, abHigh, cd, cdHigh] = pairs;
  f.get(a).get(b).shuffle32(0, 4, 1, 5).set(ab);
  f.get(a).get(b).shuffle32(2, 6, 3, 7).set(abHigh);
  f.get(c).get(d).shuffle32(0, 4, 1, 5).set(cd);
  f.get(c).get(d).shuffle32(2, 6, 3, 7).set(cdHigh);
  f.get(ab).get(cd).shuffle32(0, 1, 4, 5).set(a);
  f.get(ab).get(cd).shuffle32(2, 3, 6, 7).set(b);
  f.get(abHigh).get(cdHigh).shuffle32(0, 1, 4, 5).set(c);
  f.get(abHigh).get(cdHigh).shuffle32(2, 3, 6, 7).set(d);
  f.free(...pairs);
}
