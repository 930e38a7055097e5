/** @file The threefry2x32 block cipher on vectors. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";

const PARITY = 0x1bd11bda;
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Encrypts four blocks of two words, (0, `count`), each with the key (`key0`, `key1`) of its lane: `finish` gets the
 * first and the second words, and may leave something on the stack.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011; `jax._src.prng.threefry2x32`
 */
export function emitThreefry(
  f: FunctionBuilder,
  key0: Local,
  key1: Local,
  count: Local,
  finish: (first: Local, second: Local) => void,
): void {
  const [x, y, key2] = [f.local("v128"), f.local("v128"), f.local("v128")];
  const keys = [key0, key1, key2] as const;
  f.get(key0).get(key1).op("v128.xor").i32x4(PARITY).op("v128.xor").set(key2);
  f.get(key0).set(x);
  f.get(count).get(key1).op("i32x4.add").set(y);
  for (let group = 0; group < 5; group++) {
    for (const rotation of ROTATIONS[group % 2]!) {
      f.get(x).get(y).op("i32x4.add").set(x);
      f.get(y).i32(rotation).op("i32x4.shl");
      f.get(y)
        .i32(32 - rotation)
        .op("i32x4.shr_u")
        .op("v128.or");
      f.get(x).op("v128.xor").set(y);
    }
    const [first, second] = [keys[(group + 1) % 3]!, keys[(group + 2) % 3]!];
    f.get(x).get(first).op("i32x4.add").set(x);
    f.get(y)
      .get(second)
      .op("i32x4.add")
      .i32x4(group + 1)
      .op("i32x4.add")
      .set(y);
  }
  finish(x, y);
  f.free(x, y, key2);
}
