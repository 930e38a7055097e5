/** @file Floats as integers in the same order: comparisons of these are the same on every driver, NaN included. */

const SIGN = "0x80000000u";

/** Keys of NaN, above and below those of all numbers. */
export const ABOVE = "2147483647i";
export const BELOW = "(-2147483647i - 1i)";

/** The key of a float of which the name `word` holds the bits: an i32, -0 below 0, and NaN where `nan` says. */
export function signedKey(word: string, nan: string): string {
  const key = `bitcast<i32>(${word} ^ (bitcast<u32>(bitcast<i32>(${word}) >> 31u) >> 1u))`;
  return `select(${key}, ${nan}, ${isNaN(word)})`;
}

/** The same, with -0 equal to 0. */
export function equalZerosKey(word: string, nan: string): string {
  return `select(${signedKey(word, nan)}, 0i, ${word} == ${SIGN})`;
}

/** The bits of the float whose key the name `key` holds. */
export function bitsOfKey(key: string): string {
  return `(bitcast<u32>(${key}) ^ (bitcast<u32>(${key} >> 31u) >> 1u))`;
}

/** Whether the bits that the name `word` holds are those of a NaN. */
function isNaN(word: string): string {
  return `((${word} & 0x7fffffffu) > 0x7f800000u)`;
}

/** A key as an unsigned number, in the same order. */
export function unsignedKey(key: string): string {
  return `(bitcast<u32>(${key}) ^ ${SIGN})`;
}
