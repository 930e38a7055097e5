/** @file log, log1p, and functions of them. */
import { entry, type Library } from "./entry.ts";
import { horner, literal } from "./text.ts";

/** 0x3f317180: products with exponents are exact. */
const LN2_HIGH = 0.693138122558594;
const LN2_LOW = literal(Math.LN2 - LN2_HIGH);
/** log(1 + f) = f - f²/2 + s (f²/2 + R(s²)), s = f / (2 + f). @see musl's logf, FreeBSD's e_logf.c */
const R = [0.24279078841, 0.28498786688, 0.40000972152, 0.66666662693];
/** The bits of √½ rounded up; mantissas from there on belong to the next exponent. */
const HALF_ROOT = "0x3f3504f3u";

export const LOGARITHM: Library = {
  /** x = 2^k (1 + f), √½ <= 1 + f < √2, for positive normal x: f and k. */
  log_parts: entry(`
fn log_parts(x: f32) -> vec2<f32> {
  let shifted = bitcast<u32>(x) - ${HALF_ROOT};
  let f = bitcast<f32>((shifted & 0x7fffffu) + ${HALF_ROOT}) - 1f;
  return vec2<f32>(f, f32(bitcast<i32>(shifted) >> 23u));
}`),
  /** k ln 2 + log(1 + f) + c, for a small correction c. */
  log_sum: entry(`
fn log_sum(f: f32, k: f32, c: f32) -> f32 {
  let s = f / (f + 2f);
  let z = s * s;
  let half = (f * f) * 0.5f;
  let inner = s * (half + z * ${horner("z", R)});
  // Kept apart from the other part of k ln 2.
  let low = clamp(k * ${LN2_LOW} + c, -1f, 1f);
  return k * ${literal(LN2_HIGH)} + (((inner + low) - half) + f);
}`),
  /** The logarithm's value for x, with the limits where x is its pole, infinite, beyond the pole or NaN. */
  log_limits: entry(
    `
fn log_limits(x: f32, pole: f32, value: f32) -> f32 {
  let order = order_of(x);
  let at = order_of(pole);
  let outside = select(float_of(0x7fc00000u), float_of(0xff800000u), order == at);
  return select(select(value, x, order == 0x7f800000), outside, order <= at || order > 0x7f800000);
}`,
    "float_of",
    "order_of",
  ),
  f32_log: entry(
    `
fn f32_log(x: f32) -> f32 {
  // What is not normal is taken as an integer, since it may count as 0.
  let bits = bitcast<u32>(x);
  let tiny = bits < 0x800000u;
  let parts = log_parts(select(x, f32(bits), tiny));
  return log_limits(x, 0f, log_sum(parts.x, parts.y - select(0f, 149f, tiny), 0f));
}`,
    "log_limits",
    "log_parts",
    "log_sum",
  ),
  f32_log1p: entry(
    `
fn f32_log1p(x: f32) -> f32 {
  // A bound that changes nothing: what rounding 1 + x lost is not to be taken for 0.
  let u = max(x + 1f, 1e-9f);
  let parts = log_parts(u);
  let lost = select(x - (u - 1f), 1f - (u - x), parts.y >= 2f);
  let near = parts.y == 0f;
  let value = log_sum(select(parts.x, x, near), parts.y, select(lost / u, 0f, near));
  return select(log_limits(x, -1f, value), x, abs(x) < 1e-20f);
}`,
    "log_limits",
    "log_parts",
    "log_sum",
  ),
  f32_softplus: entry(
    `
fn f32_softplus(x: f32) -> f32 {
  let sum = select(x, 0f, x < 0f) + f32_log1p(scaled_exp(-abs(x), 0));
  return select(sum, x, is_nan(x));
}`,
    "f32_log1p",
    "is_nan",
    "scaled_exp",
  ),
  f32_asinh: entry(
    `
fn f32_asinh(x: f32) -> f32 {
  let a = abs(x);
  let is_large = a > 4096f;
  // log1p(a + a² / (1 + √(1 + a²))); beyond 2^12, log(a) + ln 2.
  let square = min(a * a, 1e30f);
  let value = f32_log1p(a + square / (sqrt(square + 1f) + 1f));
  let large = f32_log(a) + ${literal(Math.LN2)};
  return select(with_sign_of(select(value, large, is_large), x), x, is_nan(x));
}`,
    "f32_log",
    "f32_log1p",
    "is_nan",
    "with_sign_of",
  ),
  f32_acosh: entry(
    `
fn f32_acosh(x: f32) -> f32 {
  let t = clamp(x - 1f, 0f, 1e15f);
  let value = f32_log1p(t + sqrt(t * 2f + t * t));
  let large = f32_log(x) + ${literal(Math.LN2)};
  // Of what is below 1, the logarithm of what is negative.
  return log_limits(x, 0.99999994f, select(value, large, x > 4096f));
}`,
    "f32_log",
    "f32_log1p",
    "log_limits",
  ),
  f32_atanh: entry(
    `
fn f32_atanh(x: f32) -> f32 {
  let a = abs(x);
  // log1p(2 a / (1 - a)) / 2
  let value = f32_log1p((a + a) / max(1f - a, 1e-9f)) * 0.5f;
  let order = order_of(a);
  let bounded = select(select(value, float_of(0x7f800000u), order == 0x3f800000), float_of(0x7fc00000u), order > 0x3f800000);
  return select(with_sign_of(bounded, x), x, a < 1e-20f);
}`,
    "f32_log1p",
    "float_of",
    "order_of",
    "with_sign_of",
  ),
};
