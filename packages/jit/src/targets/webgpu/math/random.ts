/** @file Random bits by threefry, and numbers from bits as JAX makes them. */
import { entry, type Library } from "./entry.ts";
import { literal } from "./text.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Four rounds, and the key's words after them. */
function group(i: number): string {
  const rounds = ROTATIONS[i % 2]!.map(
    (by) => `  x += y;\n  y = ((y << ${by}u) | (y >> ${32 - by}u)) ^ x;\n`,
  );
  const keys = ["k0", "k1", "k2"];
  return `${rounds.join("")}  x += ${keys[(i + 1) % 3]};\n  y += ${keys[(i + 2) % 3]} + ${i + 1}u;\n`;
}

export const RANDOM: Library = {
  /** The two words that a key of two words makes of (0, count). @see `jax._src.prng.threefry2x32` */
  threefry: entry(`
fn threefry(first: i32, second: i32, count: i32) -> vec2<u32> {
  let k0 = bitcast<u32>(first);
  let k1 = bitcast<u32>(second);
  let k2 = k0 ^ k1 ^ 0x1bd11bdau;
  var x = k0;
  var y = bitcast<u32>(count) + k1;
${[0, 1, 2, 3, 4].map(group).join("")}  return vec2<u32>(x, y);
}`),
  threefry_bits: entry(
    `
fn threefry_bits(first: i32, second: i32, count: i32) -> i32 {
  let words = threefry(first, second, count);
  return bitcast<i32>(words.x ^ words.y);
}`,
    "threefry",
  ),
  threefry_first: entry(
    `
fn threefry_first(first: i32, second: i32, count: i32) -> i32 {
  return bitcast<i32>(threefry(first, second, count).x);
}`,
    "threefry",
  ),
  threefry_second: entry(
    `
fn threefry_second(first: i32, second: i32, count: i32) -> i32 {
  return bitcast<i32>(threefry(first, second, count).y);
}`,
    "threefry",
  ),
  /** A number of [0, 1): a multiple of 2^-23. */
  unit_of: entry(`
fn unit_of(bits: i32) -> f32 {
  return f32(bitcast<u32>(bits) >> 9u) * ${2 ** -23}f;
}`),
  /** A number of (0, 1), as JAX's `uniform(tiny, 1)` gives it: the smallest normal float for 0. */
  positive_of: entry(
    `
fn positive_of(bits: i32) -> f32 {
  return max(unit_of(bits), ${2 ** -126}f);
}`,
    "unit_of",
  ),
  /** A number of (-1, 1), as JAX's `uniform(nextafter(-1, 0), 1)` gives it; exact, at once or not. */
  symmetric_of: entry(`
fn symmetric_of(bits: i32) -> f32 {
  return f32(bitcast<u32>(bits) >> 9u) * ${2 ** -22}f - ${1 - 2 ** -24}f;
}`),
  /** Words of 64 bits are (lower, upper). */
  add_wide: entry(`
fn add_wide(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}`),
  shift_left_wide: entry(`
fn shift_left_wide(v: vec2<u32>, by: u32) -> vec2<u32> {
  let near = vec2<u32>(v.x << (by & 31u), (v.y << (by & 31u)) | ((v.x >> 1u) >> (31u - (by & 31u))));
  return select(near, vec2<u32>(0u, near.x), by >= 32u);
}`),
  /** What is shifted out leaves the lowest bit set, if it is not 0: rounding can depend on no more. */
  shift_right_wide: entry(
    `
fn shift_right_wide(v: vec2<u32>, by: u32) -> vec2<u32> {
  if (by == 0u) { return v; }
  if (by >= 64u) { return vec2<u32>(select(0u, 1u, (v.x | v.y) != 0u), 0u); }
  let near = vec2<u32>((v.x >> (by & 31u)) | ((v.y << 1u) << (31u - (by & 31u))), v.y >> (by & 31u));
  var kept = select(near, vec2<u32>(near.y, 0u), by >= 32u);
  let dropped = shift_left_wide(v, 64u - by);
  kept.x |= select(0u, 1u, (dropped.x | dropped.y) != 0u);
  return kept;
}`,
    "shift_left_wide",
  ),
  /**
   * m 2^-23 span + low, rounded once, in integers of 64 bits: no driver needs to multiply and add at once. m has 23
   * bits, the span's mantissa 24; `shift` brings their product to the unit, 2^`exponent`, in which low is `term`.
   */
  fused_uniform: entry(
    `
fn fused_uniform(bits: i32, span: u32, shift: i32, term: vec2<u32>, exponent: i32, low: f32) -> f32 {
  let m = bitcast<u32>(bits) >> 9u;
  if (m == 0u) { return low; }
  let whole = wide_product(m, span);
  var product = shift_right_wide(whole, u32(max(-shift, 0)));
  if (shift > 0) { product = shift_left_wide(whole, u32(shift)); }
  var sum = add_wide(product, term);
  let negative = (sum.y >> 31u) == 1u;
  if (negative) { sum = add_wide(~sum, vec2<u32>(1u, 0u)); }
  if ((sum.x | sum.y) == 0u) { return 0f; }
  let zeros = select(countLeadingZeros(sum.y), 32u + countLeadingZeros(sum.x), sum.y == 0u);
  sum = shift_left_wide(sum, zeros);
  let dropped = sum.y & 0xffu;
  let up = dropped > 0x80u || (dropped == 0x80u && (sum.x != 0u || ((sum.y >> 8u) & 1u) == 1u));
  // A mantissa that is rounded up to the next power of 2 carries into the exponent.
  let place = exponent + 189 - i32(zeros);
  if (place <= 0) { return 0f; }
  let size = (u32(place) << 23u) + (sum.y >> 8u) + select(0u, 1u, up);
  return max(low, bitcast<f32>(size | select(0u, 0x80000000u, negative)));
}`,
    "add_wide",
    "shift_left_wide",
    "shift_right_wide",
    "wide_product",
  ),
  /** The standard normal number of a uniform one of (-1, 1). */
  normal_of: entry(
    `
fn normal_of(u: f32) -> f32 {
  return f32_erfInv(u) * ${literal(Math.SQRT2)};
}`,
    "f32_erfInv",
  ),
  random_normal: entry(
    "fn random_normal(bits: i32) -> f32 { return normal_of(symmetric_of(bits)); }",
    "normal_of",
    "symmetric_of",
  ),
  random_exponential: entry(
    "fn random_exponential(bits: i32) -> f32 { return -f32_log1p(-unit_of(bits)); }",
    "f32_log1p",
    "unit_of",
  ),
  random_gumbel: entry(
    "fn random_gumbel(bits: i32) -> f32 { return -f32_log(-f32_log(positive_of(bits))); }",
    "f32_log",
    "positive_of",
  ),
  random_laplace: entry(
    `
fn random_laplace(bits: i32) -> f32 {
  let u = symmetric_of(bits);
  let size = f32_log1p(-abs(u));
  return select(size, -size, u < 0f);
}`,
    "f32_log1p",
    "symmetric_of",
  ),
  random_logistic: entry(
    `
fn random_logistic(bits: i32) -> f32 {
  let u = positive_of(bits);
  return f32_log(u / (1f - u));
}`,
    "f32_log",
    "positive_of",
  ),
  /** Modulo `span`, which stands for 2^32 if it is 0. */
  word_remainder: entry(`
fn word_remainder(word: u32, span: u32) -> u32 {
  let divisor = max(span, 1u);
  return select(word - (word / divisor) * divisor, word, span == 0u);
}`),
  random_randint: entry(
    `
fn random_randint(first: i32, second: i32, least: i32, span: u32, multiplier: u32) -> i32 {
  let high = word_remainder(bitcast<u32>(first), span);
  let low = word_remainder(bitcast<u32>(second), span);
  return least + bitcast<i32>(word_remainder(high * multiplier + low, span));
}`,
    "word_remainder",
  ),
};
