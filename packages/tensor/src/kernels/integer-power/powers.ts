/** @file Tables of powers, so that a GPU needs only a few multiplications. */

/** Digits of two bits in a 32-bit exponent's magnitude. */
const DIGITS = 16;

/** For each two-bit digit of an exponent, lowest first: `base` to the power of each value of the digit, in float32. */
export function digitPowers(base: number): number[][] {
  const rounded = Math.fround(base);
  return Array.from({ length: DIGITS }, (_, digit) =>
    [0, 1, 2, 3].map((value) => Math.fround(rounded ** (value * 4 ** digit))),
  );
}
