/** @file pow. */
import { entry, type Library } from "./entry.ts";
import { horner, literal } from "./text.ts";

/** log2(x) = 2 / (3 ln 2) (3 s + s³ + …): of 3/2 ((log(1 + s) - log(1 - s)) - 2 s - 2/3 s³), in s². @see FreeBSD's e_powf.c */
const LOG_P = [
  2.0697501302e-1, 2.3066075146e-1, 2.7272811532e-1, 3.3333334327e-1, 4.2857143283e-1, 6.0000002384e-1,
];
/** 2^r = 1 + r P(r), |r| <= 1/2. */
const EXP2_P = Array.from({ length: 7 }, (_, i) => Math.LN2 ** (7 - i) / factorial(7 - i));

/** 2 / (3 ln 2), in 12 bits and the rest. */
const SCALE = 2 / (3 * Math.LN2);
const SCALE_HIGH = 9.619140625e-1;
/** log2(3/2), in 16 bits and the rest. */
const LOG2_1_5 = 0.584960938;

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

export const POWER: Library = {
  /** The leading 12 bits: products of two such numbers are exact, whether or not they are added to something at once. */
  short_of: entry(`
fn short_of(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}`),
  /** Nothing but what keeps compilers from taking a sum apart. */
  kept_sum: entry(`
fn kept_sum(x: f32) -> f32 {
  return clamp(x, -1e30f, 1e30f);
}`),
  /** log2 of a finite positive number, in two parts, the first of 12 bits. */
  log2_parts: entry(
    `
fn log2_parts(x: f32) -> vec2<f32> {
  let whole = bitcast<u32>(x);
  let tiny = whole < 0x800000u;
  let bits = select(whole, bitcast<u32>(f32(whole)), tiny);
  let j = bits & 0x7fffffu;
  // Around 1, around 3/2, or around 1 with the next exponent.
  let middle = j > 0x1cc471u && j < 0x5db3d7u;
  let next = j >= 0x5db3d7u;
  let n = f32(i32(bits >> 23u) - select(127, 276, tiny) + select(0, 1, next));
  let a = bitcast<f32>(select(j | 0x3f800000u, j | 0x3f000000u, next));
  let center = select(1f, 1.5f, middle);
  // s = (a - center) / (a + center), in two parts.
  let u = a - center;
  let v = 1f / (a + center);
  let s = u * v;
  let s_high = short_of(s);
  let t_high = short_of(a + center);
  let t_low = a - kept_sum(t_high - center);
  let s_low = v * (kept_sum(u - s_high * t_high) - s_high * t_low);
  // 3 + s² + …
  let z = s * s;
  let r = (z * z) * ${horner("z", LOG_P)} + s_low * (s_high + s);
  let square = s_high * s_high;
  let sum_high = short_of(3f + square + r);
  let sum_low = r - kept_sum(kept_sum(sum_high - 3f) - square);
  // Times s.
  let p = s_high * sum_high;
  let q = s_low * sum_high + sum_low * s;
  let p_high = short_of(p + q);
  let p_low = q - kept_sum(p_high - p);
  // Times 2 / (3 ln 2), and what the center and the exponent add.
  let z_high = ${SCALE_HIGH}f * p_high;
  let z_low = ${literal(SCALE - SCALE_HIGH)} * p_high + (p_low * ${literal(SCALE)} + select(0f, ${literal(Math.log2(1.5) - Math.fround(LOG2_1_5))}, middle));
  let base = select(0f, ${literal(LOG2_1_5)}, middle);
  let high = short_of(((z_high + z_low) + base) + n);
  let low = z_low - kept_sum(kept_sum(kept_sum(high - n) - base) - z_high);
  return vec2<f32>(high, low);
}`,
    "kept_sum",
    "short_of",
  ),
  /** 2^(high + low), where high has few bits. */
  exp2_parts: entry(
    `
fn exp2_parts(high: f32, low: f32) -> f32 {
  let n = round(clamp(high + low, -160f, 140f));
  let r = clamp(kept_sum(high - n) + low, -1f, 1f);
  let value = r * ${horner("r", EXP2_P)} + 1f;
  let whole = i32(n);
  let half = whole >> 1u;
  return min(value * power_of_two(half), 1e30f) * power_of_two(whole - half);
}`,
    "kept_sum",
    "power_of_two",
  ),
  /** As C's: of 0 and for 1 it is 1, whatever the other number; of what is negative, only whole exponents. */
  f32_pow: entry(
    `
fn f32_pow(x: f32, y: f32) -> f32 {
  let nan = float_of(0x7fc00000u);
  let infinity = float_of(0x7f800000u);
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  let negative = (bitcast<u32>(x) >> 31u) == 1u;
  let falls = (bitcast<u32>(y) >> 31u) == 1u;
  if (b == 0u || bitcast<u32>(x) == 0x3f800000u) { return 1f; }
  if (a > 0x7f800000u || b > 0x7f800000u) { return nan; }
  // Bits of y from that of 1 down.
  let exponent = i32(b >> 23u) - 127;
  let fraction = ((b & 0x7fffffu) | 0x800000u) << u32(clamp(exponent + 8, 0, 31));
  let whole = exponent >= 23 || (exponent >= 0 && (fraction & 0x7fffffffu) == 0u);
  let odd = whole && exponent <= 23 && (fraction >> 31u) == 1u;
  let turn = negative && odd;
  if (b == 0x7f800000u) {
    if (a == 0x3f800000u) { return 1f; }
    return select(0f, infinity, (a > 0x3f800000u) != falls);
  }
  if (a == 0u || a == 0x7f800000u) {
    let size = select(0f, infinity, (a == 0u) == falls);
    return select(size, -size, turn);
  }
  if (negative && !whole) { return nan; }
  let logarithm = log2_parts(bitcast<f32>(a));
  let y_high = short_of(y);
  let low = clamp((y - y_high) * logarithm.x + y * logarithm.y, -1e30f, 1e30f);
  let high = clamp(y_high * logarithm.x, -1e30f, 1e30f);
  let exact = high + low;
  var size = exp2_parts(high, low);
  if (exact > 129f) { size = infinity; }
  if (exact < -151f) { size = 0f; }
  return select(size, -size, turn);
}`,
    "exp2_parts",
    "float_of",
    "log2_parts",
    "short_of",
  ),
  /** Modulo 2^32. A negative exponent gives the quotient rounded towards zero, and 0 of 0. */
  i32_pow: entry(`
fn i32_pow(x: i32, y: i32) -> i32 {
  let odd = (y & 1) == 1;
  if (y < 0) {
    return select(select(0, select(1, -1, odd), x == -1), 1, x == 1);
  }
  var result = 1;
  var factor = x;
  for (var rest = y; rest > 0; rest = rest >> 1u) {
    if ((rest & 1) == 1) { result *= factor; }
    factor *= factor;
  }
  return result;
}`),
};
