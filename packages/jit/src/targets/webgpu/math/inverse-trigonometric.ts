/** @file asin, acos, atan, atan2. */
import { entry, type Library } from "./entry.ts";
import { horner, literal } from "./text.ts";

/** asin(x) = x + x³ P(x²), |x| <= 1/2. @see Cephes' asinf */
const ASIN_P = [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1];
/** atan(x) = x - x³ P(x²), |x| <= 7/16. @see FreeBSD's s_atanf.c */
const ATAN_P = [6.1687607318e-2, -1.0648017377e-1, 1.4253635705e-1, -1.9999158382e-1, 3.3333328366e-1];

const HALF_PI = Math.fround(Math.PI / 2);
/** What float32 leaves of π/2. */
const HALF_PI_LOW = literal(Math.PI / 2 - HALF_PI);
const PI = literal(2 * HALF_PI);
const PI_LOW = literal(Math.PI - 2 * HALF_PI);

/** Angles around which atan is taken, and what float32 leaves of them. */
const BASES = [0, Math.atan(0.5), Math.PI / 4, Math.atan(1.5), Math.PI / 2];
const LOW = BASES.map((angle) => angle - Math.fround(angle));

const chosen = (list: readonly number[]) =>
  list
    .map(literal)
    .reduce(
      (rest, value, i) => `select(${rest}, ${value}, a >= ${["", 7 / 16, 11 / 16, 19 / 16, 39 / 16][i]}f)`,
    );

export const INVERSE_TRIGONOMETRIC: Library = {
  /** Up to 1/2, asin of a, and 0; above, the two parts of what is to be subtracted from π/2, of which one is short. */
  asin_parts: entry(`
fn asin_parts(a: f32) -> vec2<f32> {
  let upper = a > 0.5f;
  // asin(a) = π/2 - 2 asin(√((1 - a) / 2))
  let square = select(a * a, max(1f - a, 0f) * 0.5f, upper);
  let root = select(a, sqrt(square), upper);
  let short = bitcast<f32>(bitcast<u32>(root) & 0xfffff000u);
  let rest = select(0f, (square - short * short) / (root + short), upper && root > 0f);
  let more = (${horner("square", ASIN_P)} * square) * root;
  return select(vec2<f32>(more + a, 0f), vec2<f32>(short + short, 2f * (rest + more)), upper);
}`),
  /** NaN of what is beyond 1 or NaN, by the magnitude. */
  up_to_one: entry(
    `
fn up_to_one(a: f32, value: f32) -> f32 {
  return select(value, float_of(0x7fc00000u), order_of(a) > 0x3f800000);
}`,
    "float_of",
    "order_of",
  ),
  f32_asin: entry(
    `
fn f32_asin(x: f32) -> f32 {
  let a = abs(x);
  let parts = asin_parts(a);
  let upper = (${literal(HALF_PI)} - parts.x) - (parts.y - ${HALF_PI_LOW});
  return up_to_one(a, with_sign_of(select(parts.x, upper, a > 0.5f), x));
}`,
    "asin_parts",
    "up_to_one",
    "with_sign_of",
  ),
  f32_acos: entry(
    `
fn f32_acos(x: f32) -> f32 {
  let a = abs(x);
  let parts = asin_parts(a);
  let upper = select(parts.x + parts.y, (${PI} - parts.x) - (parts.y - ${PI_LOW}), x < 0f);
  let inner = ${literal(HALF_PI)} - (select(parts.x, -parts.x, x < 0f) - ${HALF_PI_LOW});
  return up_to_one(a, select(inner, upper, a > 0.5f));
}`,
    "asin_parts",
    "up_to_one",
  ),
  /** atan of a nonnegative number, in two parts. */
  atan_parts: entry(`
fn atan_parts(a: f32) -> vec2<f32> {
  // atan(a) = atan(b) + atan((a - b) / (1 + a b)), and π/2 - atan(1 / a).
  let far = a >= ${39 / 16}f;
  let b = ${[0, 0.5, 1, 1.5].map(literal).reduce((rest, value, i) => `select(${rest}, ${value}, a >= ${["", 7 / 16, 11 / 16, 19 / 16][i]}f)`)};
  let bounded = min(a, 1e30f);
  let t = select(bounded - b, -1f, far) / select(1f + bounded * b, bounded, far);
  let z = t * t;
  let base = ${chosen(BASES)};
  return vec2<f32>(base, t - ((${horner("z", ATAN_P)} * z) * t - ${chosen(LOW)}));
}`),
  f32_atan: entry(
    `
fn f32_atan(x: f32) -> f32 {
  let parts = atan_parts(abs(x));
  return select(with_sign_of(parts.x + parts.y, x), x, is_nan(x));
}`,
    "atan_parts",
    "is_nan",
    "with_sign_of",
  ),
  /**
   * The float of nonnegative bits, up or down by 2^24: quotients of what is very large or small may be flushed, as may
   * what is not normal.
   */
  brought_near: entry(`
fn brought_near(bits: i32, is_tiny: bool) -> f32 {
  let up = select(bitcast<f32>(bits) * 16777216f, f32(bits) * ${2 ** -125}f, bits < 0x800000);
  return select(bitcast<f32>(bits) * ${2 ** -24}f, up, is_tiny);
}`),
  /** The angle of the point (x, y): y first. */
  f32_atan2: entry(
    `
fn f32_atan2(y: f32, x: f32) -> f32 {
  let left = (bitcast<u32>(x) >> 31u) == 1u;
  // The smaller over the larger, so that neither 0 / 0 nor ∞ / ∞ matters and nothing overflows.
  let a = order_of(abs(y));
  let b = order_of(abs(x));
  let steep = a > b;
  let larger = max(a, b);
  let is_tiny = larger < 0x60000000;
  let small = brought_near(min(a, b), is_tiny);
  let large = brought_near(larger, is_tiny);
  let equal = select(1f, 0f, a == 0);
  let ratio = select(select(small / large, 0f, larger == 0x7f800000), equal, a == b);
  let flat = atan_parts(ratio);
  let turned = ${literal(HALF_PI)} - flat.x;
  let acute = select(flat, vec2<f32>(turned, ${HALF_PI_LOW} - flat.y), steep);
  let angle = select(acute.x + acute.y, (${PI} - acute.x) - (acute.y - ${PI_LOW}), left);
  return select(select(with_sign_of(angle, y), y, is_nan(y)), x, is_nan(x));
}`,
    "atan_parts",
    "brought_near",
    "is_nan",
    "order_of",
    "with_sign_of",
  ),
};
