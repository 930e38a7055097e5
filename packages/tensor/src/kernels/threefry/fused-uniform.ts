/** @file `bits / 2^32 * span + low` rounded once to float32 in WGSL, in 64-bit integers: a GPU need not fuse. */
import type { Uniform } from "../webgpu/launch.ts";
import { decompose } from "./float32.ts";

/**
 * The uniforms that `uniformBetween` reads, for float32 bounds and their float32 difference.
 *
 * The product of the 23 random bits m and the span's 24 bits has 47 bits. It and `low` are brought to one exponent:
 * either is shifted to the left as far as 63 bits allow, and what remains is shifted out on the right of the other,
 * leaving a sticky bit, which is all that rounding can depend on then.
 */
export function fusedUniform(low: number, span: number): Record<string, Uniform> {
  const factor = decompose(span);
  const term = decompose(low);
  const apart = term.exponent - (factor.exponent - 23);
  const productShift = apart < 0 ? Math.min(16, -apart) : Math.min(0, 38 - apart);
  const termShift = apart + productShift;
  const magnitude = shift(BigInt(term.mantissa), termShift);
  const sum = BigInt.asUintN(64, term.sign < 0 ? -magnitude : magnitude);
  return {
    spanMantissa: { type: "u32", data: factor.mantissa },
    productShift: { type: "i32", data: productShift },
    termHigh: { type: "u32", data: Number(sum >> 32n) },
    termLow: { type: "u32", data: Number(sum & 0xffffffffn) },
    sumExponent: { type: "i32", data: factor.exponent - 23 - productShift },
    low: { type: "f32", data: low },
  };
}

function shift(integer: bigint, by: number): bigint {
  if (by >= 0) return integer << BigInt(by);
  const kept = integer >> BigInt(-by);
  return kept << BigInt(-by) === integer ? kept : kept | 1n;
}

/** `uniformBetween(bits)`; pairs of u32 are (low, high). */
export const FUSED_UNIFORM_WGSL = `
  fn shiftLeft(v : vec2<u32>, by : u32) -> vec2<u32> {
    if (by == 0u) { return v; }
    if (by >= 32u) { return vec2<u32>(0u, v.x << (by - 32u)); }
    return vec2<u32>(v.x << by, (v.y << by) | (v.x >> (32u - by)));
  }
  fn shiftRightSticky(v : vec2<u32>, by : u32) -> vec2<u32> {
    if (by == 0u) { return v; }
    if (by >= 64u) { return vec2<u32>(select(0u, 1u, any(v != vec2<u32>(0u))), 0u); }
    var kept = vec2<u32>(v.y, 0u);
    var dropped = v.x;
    if (by > 32u) {
      kept.x = v.y >> (by - 32u);
      dropped |= v.y << (64u - by);
    } else if (by < 32u) {
      kept = vec2<u32>((v.x >> by) | (v.y << (32u - by)), v.y >> by);
      dropped = v.x << (32u - by);
    }
    kept.x |= select(0u, 1u, dropped != 0u);
    return kept;
  }
  fn addPairs(a : vec2<u32>, b : vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
  }
  fn multiplyBySpan(m : u32) -> vec2<u32> {
    let m1 = m >> 12u;
    let m0 = m & 0xfffu;
    let s1 = uniforms.spanMantissa >> 12u;
    let s0 = uniforms.spanMantissa & 0xfffu;
    let outer = m1 * s1;
    let middle = m1 * s0 + m0 * s1;
    let upper = addPairs(vec2<u32>(outer << 24u, outer >> 8u), vec2<u32>(middle << 12u, middle >> 20u));
    return addPairs(upper, vec2<u32>(m0 * s0, 0u));
  }
  fn uniformBetween(bits : u32) -> f32 {
    let m = bits >> 9u;
    if (m == 0u) { return uniforms.low; }
    var product = multiplyBySpan(m);
    if (uniforms.productShift >= 0) {
      product = shiftLeft(product, u32(uniforms.productShift));
    } else {
      product = shiftRightSticky(product, u32(-uniforms.productShift));
    }
    var sum = addPairs(product, vec2<u32>(uniforms.termLow, uniforms.termHigh));
    let negative = (sum.y >> 31u) == 1u;
    if (negative) { sum = addPairs(~sum, vec2<u32>(1u, 0u)); }
    if (all(sum == vec2<u32>(0u))) { return 0.0; }
    let lead = select(countLeadingZeros(sum.y), 32u + countLeadingZeros(sum.x), sum.y == 0u);
    sum = shiftLeft(sum, lead);
    var mantissa = sum.y >> 8u;
    let dropped = sum.y & 0xffu;
    if (dropped > 0x80u || (dropped == 0x80u && (sum.x != 0u || (mantissa & 1u) == 1u))) { mantissa += 1u; }
    var exponent = uniforms.sumExponent + 40 - i32(lead) + 150;
    if (mantissa == 0x1000000u) {
      mantissa = 0x800000u;
      exponent += 1;
    }
    if (exponent <= 0) { return 0.0; }
    let sign = select(0u, 0x80000000u, negative);
    return max(uniforms.low, bitcast<f32>(sign | (u32(exponent) << 23u) | (mantissa & 0x7fffffu)));
  }
`;
