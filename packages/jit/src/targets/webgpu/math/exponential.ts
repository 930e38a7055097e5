/** @file exp, expm1, and functions of them. */
import { entry, type Library } from "./entry.ts";
import { horner, literal } from "./text.ts";

/** ln 2 in two parts: products of the first with integers below 2^11 are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = literal(Math.LN2 - LN2_HIGH);

/** e^r = 1 + r + r² P(r), |r| <= ln 2 / 2. @see Cephes' expf */
const EXP_P = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.50000001201,
];

/** sinh(x) = x + x³ P(x²), |x| <= 1. @see Cephes' sinhf */
const SINH_P = [2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1];

export const EXPONENTIAL: Library = {
  /** 2^n, -126 <= n <= 127. */
  power_of_two: entry(`
fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>((n + 127) << 23u);
}`),
  /**
   * x = n ln 2 + r, |r| <= ln 2 / 2: r, what rounding took from it, and n. Bounds that change nothing keep compilers
   * from taking sums apart and putting them together otherwise.
   */
  exp_parts: entry(`
fn exp_parts(x: f32) -> vec3<f32> {
  let n = round(x * ${literal(Math.LOG2E)});
  let high = clamp(x - n * ${LN2_HIGH}f, -1f, 1f);
  let low = n * ${LN2_LOW};
  let r = clamp(high - low, -1f, 1f);
  return vec3<f32>(r, (high - r) - low, n);
}`),
  /** e^x 2^shift. */
  scaled_exp: entry(
    `
fn scaled_exp(x: f32, shift: i32) -> f32 {
  let parts = exp_parts(clamp(x, -104f, 90f));
  let r = parts.x;
  // Mesa's compiler would add the 1 to something else.
  let value = clamp(((r * r) * ${horner("r", EXP_P)} + parts.y) + r, -1f, 1f) + 1f;
  let n = i32(parts.z) + shift;
  // In two steps, so that neither power of 2 is too large.
  let half = n >> 1u;
  let result = min(value * power_of_two(half), 1e30f) * power_of_two(n - half);
  let bits = bitcast<u32>(x);
  let is_own = (bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u;
  return select(result, x, is_own);
}`,
    "exp_parts",
    "power_of_two",
  ),
  f32_exp: entry("fn f32_exp(x: f32) -> f32 { return scaled_exp(x, 0); }", "scaled_exp"),
  f32_expm1: entry(
    `
fn f32_expm1(x: f32) -> f32 {
  let parts = exp_parts(clamp(x, -30f, 89f));
  let r = parts.x;
  let small = ((r * r) * ${horner("r", EXP_P)} + parts.y) + r;
  // 2^n - 1 is halved, since 2^128 is none of float32.
  let scale = power_of_two(i32(parts.z) - 1);
  let value = (small * scale + clamp(scale - 0.5f, -1f, 3e38f)) * 2f;
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  // Small ones, NaN and infinity stay as they are.
  let is_own = magnitude < 0x0da24260u || magnitude > 0x7f800000u || bits == 0x7f800000u;
  return select(value, x, is_own);
}`,
    "exp_parts",
    "power_of_two",
  ),
  f32_sigmoid: entry(
    `
fn f32_sigmoid(x: f32) -> f32 {
  let e = scaled_exp(-abs(x), 0);
  return select(select(1f, e, x < 0f) / (1f + e), x, is_nan(x));
}`,
    "is_nan",
    "scaled_exp",
  ),
  f32_sinh: entry(
    `
fn f32_sinh(x: f32) -> f32 {
  let magnitude = abs(x);
  let z = x * x;
  let small = (${horner("z", SINH_P)} * z) * x + x;
  let half = scaled_exp(magnitude, -1);
  let large = with_sign_of(half - 0.25f / half, x);
  return select(select(small, large, magnitude > 1f), x, is_nan(x));
}`,
    "is_nan",
    "scaled_exp",
    "with_sign_of",
  ),
  f32_cosh: entry(
    `
fn f32_cosh(x: f32) -> f32 {
  let half = scaled_exp(abs(x), -1);
  return half + 0.25f / half;
}`,
    "scaled_exp",
  ),
};
