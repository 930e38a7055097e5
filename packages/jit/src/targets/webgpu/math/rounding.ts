/** @file Rounding to whole numbers, and to integers. */
import { entry, type Library } from "./entry.ts";

/** From 2^23 on all numbers are whole; -0 stays, and comes from what is rounded up to 0. */
function rounding(name: string, builtin: string) {
  return entry(
    `
fn ${name}(x: f32) -> f32 {
  let is_whole = (bitcast<u32>(x) & 0x7fffffffu) >= 0x4b000000u;
  return select(with_sign_of(${builtin}(x), x), x, is_whole);
}`,
    "with_sign_of",
  );
}

export const ROUNDING: Library = {
  f32_ceil: rounding("f32_ceil", "ceil"),
  f32_floor: rounding("f32_floor", "floor"),
  f32_round: rounding("f32_round", "round"),
  f32_trunc: rounding("f32_trunc", "trunc"),
  /** Of 0 and infinity they are themselves, of what is negative NaN. */
  f32_sqrt: entry(
    `
fn f32_sqrt(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let is_own = (bits << 1u) == 0u || bits == 0x7f800000u || is_nan(x);
  return select(select(sqrt(x), float_of(0x7fc00000u), (bits >> 31u) == 1u), x, is_own);
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
