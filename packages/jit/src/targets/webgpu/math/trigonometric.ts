/** @file sin, cos, tan over all of float32. */
import { entry, type Library } from "./entry.ts";
import { horner } from "./text.ts";

/** On [-π/4, π/4], of x². @see Cephes' sinf, cosf */
const SIN_P = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const COS_P = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

/** 2/π in words of 32 bits behind the point, and one before it: enough for every exponent. */
const TWO_OVER_PI = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab];

export const TRIGONOMETRIC: Library = {
  /** The product of two words: its lower word, then the upper one. */
  wide_product: entry(`
fn wide_product(a: u32, b: u32) -> vec2<u32> {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let low = a0 * b0;
  let middle = a1 * b0 + (low >> 16u);
  let cross = a0 * b1 + (middle & 0xffffu);
  return vec2<u32>((cross << 16u) | (low & 0xffffu), a1 * b1 + (middle >> 16u) + (cross >> 16u));
}`),
  /**
   * x = n π/2 + r, |r| <= π/4: r in two parts, and n modulo 4. Payne and Hanek's reduction in integers.
   *
   * With x = m 2^e, only the bits of 2/π from 2^(1 - e) down matter for x 2/π modulo 4; 96 of them times m, as a
   * fraction of 2 and 62 bits, leave more than 38 right bits of the smallest remainder.
   */
  quadrant_of: entry(
    `
fn quadrant_of(x: f32) -> vec3<f32> {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude < 0x3f490fdbu) { return vec3<f32>(x, 0f, 0f); }
  var words = array<u32, 8>(${TWO_OVER_PI.map((word) => `0x${word.toString(16)}u`).join(", ")});
  let m = (bits & 0x7fffffu) | 0x800000u;
  // The bit of 2/π, counted from the first word on, that weighs 2 in 2^e 2/π.
  let at = min(magnitude >> 23u, 254u) - 120u;
  let i = at >> 5u;
  let by = at & 31u;
  let w0 = (words[i] << by) | ((words[i + 1u] >> 1u) >> (31u - by));
  let w1 = (words[i + 1u] << by) | ((words[i + 2u] >> 1u) >> (31u - by));
  let w2 = (words[i + 2u] << by) | ((words[i + 3u] >> 1u) >> (31u - by));
  let p1 = wide_product(m, w1);
  var low = p1.x + wide_product(m, w2).y;
  var high = m * w0 + p1.y + select(0u, 1u, low < p1.x);
  let n = (high + 0x20000000u) >> 30u;
  high -= n << 30u;
  let is_negative = (high >> 31u) == 1u;
  if (is_negative) {
    low = ~low + 1u;
    high = ~high + select(0u, 1u, low == 0u);
  }
  // The leading 32 bits of the remainder.
  let zeros = select(countLeadingZeros(high), 32u + countLeadingZeros(low), high == 0u);
  let shift = zeros & 31u;
  let lead = select((high << shift) | ((low >> 1u) >> (31u - shift)), low << shift, high == 0u);
  // Times π/2 / 2, a fixed-point number of 32 bits.
  let angle = wide_product(lead, 0xc90fdaa2u).y;
  let unit = bitcast<f32>((98u - min(zeros, 90u)) << 23u);
  let turned = (bits >> 31u) == 1u;
  let sign = select(unit, -unit, is_negative != turned);
  return vec3<f32>(f32(angle & 0xffffff00u) * sign, f32(angle & 0xffu) * sign, f32(select(n, 4u - n, turned) & 3u));
}`,
    "wide_product",
  ),
  /** Of |r + low| <= π/4. */
  small_sin: entry(`
fn small_sin(r: f32, low: f32) -> f32 {
  let z = r * r;
  return ((${horner("z", SIN_P)} * z) * r + low) + r;
}`),
  small_cos: entry(`
fn small_cos(r: f32, low: f32) -> f32 {
  let z = r * r;
  // Mesa's compiler would add the 1 to something else.
  return clamp(((${horner("z", COS_P)} * z) * z - r * low) - z * 0.5f, -1f, 1f) + 1f;
}`),
  /** The sine of x + shift π/2. */
  sinusoid: entry(
    `
fn sinusoid(x: f32, shift: u32) -> f32 {
  let parts = quadrant_of(x);
  let quadrant = u32(parts.z) + shift;
  let value = select(small_sin(parts.x, parts.y), small_cos(parts.x, parts.y), (quadrant & 1u) == 1u);
  let is_finite = (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
  return select(float_of(0x7fc00000u), select(value, -value, (quadrant & 2u) == 2u), is_finite);
}`,
    "float_of",
    "quadrant_of",
    "small_cos",
    "small_sin",
  ),
  f32_sin: entry(
    `
fn f32_sin(x: f32) -> f32 {
  return select(sinusoid(x, 0u), x, abs(x) < 1e-12f);
}`,
    "sinusoid",
  ),
  f32_cos: entry("fn f32_cos(x: f32) -> f32 { return sinusoid(x, 1u); }", "sinusoid"),
  f32_tan: entry(
    `
fn f32_tan(x: f32) -> f32 {
  let parts = quadrant_of(x);
  let s = small_sin(parts.x, parts.y);
  let c = small_cos(parts.x, parts.y);
  let odd = (u32(parts.z) & 1u) == 1u;
  let value = select(s, -c, odd) / select(c, s, odd);
  let is_finite = (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
  return select(select(float_of(0x7fc00000u), value, is_finite), x, abs(x) < 1e-12f);
}`,
    "float_of",
    "quadrant_of",
    "small_cos",
    "small_sin",
  ),
};
