/** @file The threefry2x32 block cipher on vectors. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { Local } from "../assembler/types.ts";

const PARITY = 0x1bd11bda;
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;
const GROUPS = 5;

/**
 * What the rounds take of a key of two words, for any that can be added and compared by `xor`: these and a third one,
 * then what each group of rounds ends with. Where the key is the same for many counts, it is made once.
 */
export function keySchedule<T>(
  key0: T,
  key1: T,
  xor: (a: T, b: T | number) => T,
  add: (a: T, b: number) => T,
): T[] {
  const words = [key0, key1, xor(xor(key0, key1), PARITY)] as const;
  const sums = Array.from({ length: GROUPS }, (_, group) => add(words[(group + 2) % 3]!, group + 1));
  return [...words, ...sums];
}

/** The same in locals. */
export function emitKeySchedule(f: FunctionBuilder, key0: Local, key1: Local): Local[] {
  const made = (emit: () => unknown) => {
    emit();
    const local = f.local("v128");
    f.set(local);
    return local;
  };
  const push = (value: Local | number) => (typeof value === "number" ? f.i32x4(value) : f.get(value));
  return keySchedule(
    key0,
    key1,
    (a, b) => made(() => (f.get(a), push(b).op("v128.xor"))),
    (a, b) => made(() => f.get(a).i32x4(b).op("i32x4.add")),
  );
}

/**
 * Encrypts four blocks of two words, (0, `count`), each with the key of its lane, whose `schedule` is given: `finish`
 * gets the first and the second words, and may leave something on the stack.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011; `jax._src.prng.threefry2x32`
 */
export function emitThreefry(
  f: FunctionBuilder,
  schedule: readonly Local[],
  count: Local,
  finish: (first: Local, second: Local) => void,
): void {
  const [x, y] = f.locals("v128", 2);
  f.get(schedule[0]!).set(x);
  f.get(count).get(schedule[1]!).op("i32x4.add").set(y);
  for (let group = 0; group < GROUPS; group++) {
    for (const rotation of ROTATIONS[group % 2]!) {
      f.get(x).get(y).op("i32x4.add").set(x);
      emitRotation(f, y, rotation);
      f.get(x).op("v128.xor").set(y);
    }
    f.get(x)
      .get(schedule[(group + 1) % 3]!)
      .op("i32x4.add")
      .set(x);
    f.get(y)
      .get(schedule[3 + group]!)
      .op("i32x4.add")
      .set(y);
  }
  finish(x, y);
  f.free(x, y);
}

/** Pushes the lanes of `y`, rotated to the left: of whole bytes they are moved, one instruction instead of three. */
function emitRotation(f: FunctionBuilder, y: Local, rotation: number): void {
  f.get(y);
  if (rotation % 8 === 0) {
    const from = (byte: number) => (byte & -4) + ((byte + 4 - rotation / 8) & 3);
    f.v128(Uint8Array.from({ length: 16 }, (_, byte) => from(byte))).op("i8x16.swizzle");
    return;
  }
  f.i32(rotation).op("i32x4.shl");
  f.get(y)
    .i32(32 - rotation)
    .op("i32x4.shr_u")
    .op("v128.or");
}
