/** @file Rounding to whole numbers, and to integers. */
import { entry, type Library } from "./entry.ts";

/**
 * From 2^23 on all numbers are whole. Below 1, where what is not normal may count as 0, the result depends on the sign
 * only; -0 stays, and comes from what is rounded up to 0.
 */
function rounding(name: string, builtin: string, positive: string, negative: string) {
  return entry(
    `
fn ${name}(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  let fraction = select(${positive}, ${negative}, (bits >> 31u) == 1u);
  let value = select(${builtin}(x), fraction, magnitude < 0x3f000000u);
  return select(with_sign_of(value, x), x, magnitude >= 0x4b000000u || magnitude == 0u);
}`,
    "with_sign_of",
  );
}

export const ROUNDING: Library = {
  f32_ceil: rounding("f32_ceil", "ceil", "1f", "0f"),
  f32_floor: rounding("f32_floor", "floor", "0f", "-1f"),
  f32_round: rounding("f32_round", "round", "0f", "0f"),
  f32_trunc: rounding("f32_trunc", "trunc", "0f", "0f"),
  /** Of 0 and infinity it is the number itself, of what is negative NaN. What is not normal is taken as an integer. */
  f32_sqrt: entry(
    `
fn f32_sqrt(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let tiny = bits < 0x800000u;
  let root = sqrt(select(x, f32(bits << 1u), tiny)) * select(1f, ${2 ** -75}f, tiny);
  let is_own = (bits << 1u) == 0u || bits == 0x7f800000u || is_nan(x);
  return select(select(root, float_of(0x7fc00000u), (bits >> 31u) == 1u), x, is_own);
}`,
    "float_of",
    "is_nan",
  ),
  /** Rounded towards zero, modulo 2^32; NaN and infinities, whose exponent is the largest, become 0. */
  i32_fromF32: entry(`
fn i32_fromF32(x: f32) -> i32 {
  let bits = bitcast<u32>(x);
  let exponent = i32((bits >> 23u) & 0xffu) - 150;
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let left = select(0u, mantissa << u32(exponent & 31), exponent < 32);
  let right = select(0u, mantissa >> u32(-exponent & 31), exponent > -24);
  let magnitude = bitcast<i32>(select(right, left, exponent >= 0));
  return select(magnitude, -magnitude, (bits >> 31u) == 1u);
}`),
};
