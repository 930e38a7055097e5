/** @file Integers of files whose values may not fit int32. */
import { LossyConversionError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { Integers } from "./options.ts";

/** Writes 64-bit integers, given as their words (low, high), as int32; without `fail` the lower words of all. */
export function int64ToInt32(words: Int32Array, into: Int32Array, fail?: Misfit): void {
  for (let i = 0; i < into.length; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    if (fail && high !== low >> 31) fail(i, int64(low, high));
    into[i] = low;
  }
}

/** Writes 32-bit words without a sign as int32. */
export function uint32ToInt32(words: Int32Array, into: Int32Array, fail: Misfit): void {
  for (let i = 0; i < into.length; i++) {
    if (words[i]! < 0) fail(i, BigInt(words[i]! >>> 0));
    into[i] = words[i]!;
  }
}

/** Writes 64-bit integers as the nearest float32; of two, the even one. */
export function int64ToFloat32(words: Int32Array, into: Float32Array): void {
  for (let i = 0; i < into.length; i++) {
    const low = words[2 * i]! >>> 0;
    const high = words[2 * i + 1]!;
    const value = high * 2 ** 32 + low;
    // Beyond 2^53 the sum was rounded to float64; a second rounding could go wrong.
    into[i] = Number.isSafeInteger(value) ? value : roundOnce(int64(low, high));
  }
}

/** Keeps the upper bits, of which the last says whether any that follow are set: one rounding is left to do. */
function roundOnce(value: bigint): number {
  const upper = value >> 11n;
  const sticky = upper << 11n === value ? 0n : 1n;
  return Number(upper | sticky) * 2 ** 11;
}

const int64 = (low: number, high: number) => (BigInt(high) << 32n) | BigInt(low >>> 0);

/** Reports a value that does not fit, at an index of the piece. */
export type Misfit = (index: number, value: bigint) => never;

/** The error that names a value beyond int32. */
export function beyondInt32(label: string, name: string, dtype: string, index: number, value: bigint): never {
  const beyond = value >= -(2n ** 53n) && value <= 2n ** 53n ? "" : ", nor float64's whole numbers (2^53)";
  const others: Integers[] = ["float32", "wrap"];
  throw new LossyConversionError(
    `${label}: the tensor ${quoted(name)} (${dtype}) holds ${value} at the flat index ${index}, which does ` +
      `not fit int32 (-2^31 to 2^31 - 1)${beyond}.\n` +
      `To round to float32, read it with { integers: ${JSON.stringify(others[0])} }; to keep the lower 32 bits, for ` +
      `instance of random keys, with { integers: ${JSON.stringify(others[1])} }.`,
    { tensor: name, index, value },
  );
}
