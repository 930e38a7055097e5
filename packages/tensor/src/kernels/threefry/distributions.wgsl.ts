/** @file The float32 arithmetic of the distributions in WGSL, independent of how a GPU rounds, fuses or approximates. */
import { ERF_INV_MIDDLE, ERF_INV_TAIL } from "./erf.ts";

/** Uniform numbers from bits, all exact whether or not a multiplication and an addition are fused. */
export const UNIT_WGSL = `
  fn unit(bits : u32) -> f32 {
    return f32(bits >> 9u) * ${2 ** -23};
  }
  fn positive(bits : u32) -> f32 {
    return max(unit(bits), 1.1754943508222875e-38);
  }
  fn symmetric(bits : u32) -> f32 {
    return 2.0 * unit(bits) - ${1 - 2 ** -24};
  }
`;

/**
 * `logarithm(x)` of a positive normal number, accurate relative to the result: WGSL's `log` may be off by 2^-21 near 1.
 *
 * With x = 2^k (1 + f) and s = f / (2 + f), log(1 + f) = 2 atanh(s) = f - s (f - r(s²)).
 */
export const LOGARITHM_WGSL = `
  fn logarithm(x : f32) -> f32 {
    let halfRoot = 0x3f3504f3u;
    let shifted = bitcast<u32>(x) - halfRoot;
    let k = bitcast<i32>(shifted) >> 23u;
    let f = bitcast<f32>((shifted & 0x7fffffu) + halfRoot) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * (${2 / 3} + z * (${2 / 5} + z * (${2 / 7} + z * (${2 / 9} + z * ${2 / 11}))));
    return f32(k) * ${Math.LN2} + (f - s * (f - r));
  }
`;

function horner(coefficients: readonly number[], x: string): string {
  return coefficients.map(String).reduce((sum, coefficient) => `(${sum}) * ${x} + (${coefficient})`);
}

/**
 * `erfInv(x)` for -1 < x < 1. JAX rounds x² to float32 before it takes 1 - x²; a fused multiply-add would not. Above
 * sqrt(1/2), where this matters, x is a multiple of 2^-24 and the rounding is done in integers.
 */
export const ERF_INV_WGSL = `
  ${LOGARITHM_WGSL}
  fn oneMinusSquare(x : f32) -> f32 {
    if (abs(x) < 0.7072) {
      return 1.0 - x * x;
    }
    // With |x| = 1 - d / 2^24, 1 - x² = (2 d - d² / 2^24) / 2^24; d² in two halves of 12 bits.
    let d = u32((1.0 - abs(x)) * 16777216.0);
    let high = d >> 12u;
    let low = d & 0xfffu;
    let middle = 2u * high * low;
    let rest = ((middle & 0xfffu) << 12u) + low * low;
    var quotient = high * high + (middle >> 12u) + (rest >> 24u);
    let dropped = rest & 0xffffffu;
    if (dropped > 0x800000u || (dropped == 0x800000u && (quotient & 1u) == 1u)) {
      quotient += 1u;
    }
    return f32(2u * d - quotient) * ${2 ** -24};
  }
  fn erfInv(x : f32) -> f32 {
    let w = -logarithm(oneMinusSquare(x));
    if (w < 5.0) {
      let v = w - 2.5;
      return (${horner(ERF_INV_MIDDLE, "v")}) * x;
    }
    let v = sqrt(w) - 3.0;
    return (${horner(ERF_INV_TAIL, "v")}) * x;
  }
`;
