/** @file Numbers as 8-bit integers with scales. */

/** A kernel's numbers as integers. */
export interface Rounded {
  readonly integers: Int8Array;
  readonly scales: Float32Array;
  /** Sums of squares, of the numbers and of what rounding changed. */
  readonly squares: number;
  readonly errors: number;
}

/** The largest integer: symmetric, so that 0 stays 0. */
const LARGEST = 127;

/**
 * Each number divided by the scale of its place and rounded to the nearest integer, ties to even. A scale is the
 * largest magnitude of its numbers over 127; of zeros alone, 0.
 *
 * @param scaleOf the scale that the number at a place has, one of `count`
 */
export function rounded(
  numbers: ArrayLike<number>,
  count: number,
  scaleOf: (place: number) => number,
): Rounded {
  const scales = new Float32Array(count);
  for (let i = 0; i < numbers.length; i++) {
    const at = scaleOf(i);
    scales[at] = Math.max(scales[at]!, Math.abs(numbers[i]!));
  }
  for (let i = 0; i < count; i++) scales[i]! /= LARGEST;
  const integers = new Int8Array(numbers.length);
  let [squares, errors] = [0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const [number, scale] = [numbers[i]!, scales[scaleOf(i)]!];
    const integer = scale === 0 ? 0 : toEven(number / scale);
    integers[i] = integer;
    squares += number ** 2;
    errors += (number - integer * scale) ** 2;
  }
  return { integers, scales, squares, errors };
}

/** The nearest integer that a byte has. */
function toEven(quotient: number): number {
  const down = Math.floor(quotient);
  const rest = quotient - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? 1 : 0;
  // Scales are rounded to float32: the largest number may lie above 127 of them.
  return Math.max(-LARGEST, Math.min(LARGEST, down + up));
}
