/** @file Remainders, and quotients rounded down: by long division in integers, which is exact. */
import { entry, type Library } from "./entry.ts";

/** Of integers: the divisor, or 1 where there is no quotient, or none that an integer holds. */
const SAFE_DIVISOR = "let divisor = select(b, 1, b == 0 || (a == i32(-2147483648) && b == -1));";

export const REMAINDER: Library = {
  /**
   * Divides the sizes of floats, b neither 0 nor infinite: the remainder's size, its bits, and the quotient modulo 2^32.
   * Eight bits of the quotient at a time.
   */
  float_division: entry(`
fn float_division(a: f32, b: f32) -> vec2<u32> {
  let a_bits = bitcast<u32>(a) & 0x7fffffffu;
  let b_bits = bitcast<u32>(b) & 0x7fffffffu;
  if (a_bits < b_bits) { return vec2<u32>(a_bits, 0u); }
  // What is not normal has the exponent of the smallest that is.
  let a_exponent = max(a_bits >> 23u, 1u);
  let b_exponent = max(b_bits >> 23u, 1u);
  let dividend = (a_bits & 0x7fffffu) | select(0x800000u, 0u, a_bits < 0x800000u);
  let divisor = max((b_bits & 0x7fffffu) | select(0x800000u, 0u, b_bits < 0x800000u), 1u);
  var quotient = dividend / divisor;
  var rest = dividend - quotient * divisor;
  var left = a_exponent - b_exponent;
  while (left > 0u) {
    let step = min(left, 8u);
    rest = rest << step;
    let digit = rest / divisor;
    rest -= digit * divisor;
    quotient = (quotient << step) | digit;
    left -= step;
  }
  let shift = min(countLeadingZeros(rest | 1u) - 8u, b_exponent - 1u);
  let mantissa = rest << shift;
  let exponent = select(b_exponent - shift, 0u, mantissa < 0x800000u);
  return vec2<u32>((exponent << 23u) | (mantissa & 0x7fffffu), quotient);
}`),
  /** Whether floats can be divided: 0 no, 1 yes, 2 by infinity. */
  divisibility: entry(`
fn divisibility(a: f32, b: f32) -> u32 {
  let a_bits = bitcast<u32>(a) & 0x7fffffffu;
  let b_bits = bitcast<u32>(b) & 0x7fffffffu;
  let possible = a_bits < 0x7f800000u && b_bits > 0u && b_bits <= 0x7f800000u;
  return select(0u, select(1u, 2u, b_bits == 0x7f800000u), possible);
}`),
  /** With the sign of the divisor. */
  f32_mod: entry(
    `
fn f32_mod(a: f32, b: f32) -> f32 {
  let kind = divisibility(a, b);
  if (kind == 0u) { return float_of(0x7fc00000u); }
  let sign = bitcast<u32>(a) & 0x80000000u;
  let rest = select(float_division(a, b).x, bitcast<u32>(a) & 0x7fffffffu, kind == 2u);
  if (rest == 0u) { return 0f; }
  if (sign == (bitcast<u32>(b) & 0x80000000u)) { return bitcast<f32>(rest | sign); }
  return select(b - bitcast<f32>(rest ^ (bitcast<u32>(b) & 0x80000000u)), b, kind == 2u);
}`,
    "divisibility",
    "float_division",
    "float_of",
  ),
  /** Modulo 2^32; 0 where there is no quotient. */
  f32_floorDiv: entry(
    `
fn f32_floorDiv(a: f32, b: f32) -> i32 {
  if (divisibility(a, b) != 1u) { return 0; }
  let parts = float_division(a, b);
  let turned = ((bitcast<u32>(a) ^ bitcast<u32>(b)) >> 31u) == 1u;
  return bitcast<i32>(select(parts.y, ~parts.y + select(1u, 0u, parts.x != 0u), turned));
}`,
    "divisibility",
    "float_division",
  ),
  /** By 0, 0; of the least integer by -1, that integer. */
  i32_floorDiv: entry(`
fn i32_floorDiv(a: i32, b: i32) -> i32 {
  ${SAFE_DIVISOR}
  let quotient = a / divisor;
  let rest = a - quotient * divisor;
  let down = rest != 0 && ((rest < 0) != (divisor < 0));
  let value = quotient - select(0, 1, down);
  return select(value, 0, b == 0);
}`),
  /** With the sign of the divisor; by 0, 0. */
  i32_mod: entry(`
fn i32_mod(a: i32, b: i32) -> i32 {
  ${SAFE_DIVISOR}
  let rest = a - (a / divisor) * divisor;
  return select(rest, rest + divisor, rest != 0 && ((rest < 0) != (divisor < 0)));
}`),
};
