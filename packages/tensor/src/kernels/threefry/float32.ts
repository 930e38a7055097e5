/** @file Neighbours and bounds in float32. */

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** The smallest positive normal float32. */
export const TINY = 2 ** -126;

/** The float32 next to `x` in the direction of `toward`; infinities become the largest finite number. */
export function nextAfter(x: number, toward: number): number {
  float[0] = x;
  if (x === toward || Number.isNaN(x)) return float[0];
  if (x === 0) return Math.sign(toward) * 2 ** -149;
  word[0]! += x > 0 === toward > x ? 1 : -1;
  return float[0];
}

/** Sign, integer and exponent of a finite float32: `x = sign * mantissa * 2 ** exponent`, `mantissa` below 2^24. */
export function decompose(x: number): { sign: number; mantissa: number; exponent: number } {
  float[0] = x;
  const bits = word[0]!;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  return {
    sign: bits < 0 ? -1 : 1,
    mantissa: exponent === 0 ? fraction : fraction | 0x800000,
    exponent: Math.max(exponent, 1) - 150,
  };
}
