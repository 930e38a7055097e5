/** @file Floats by their bits: drivers may compute as if there were no NaN, no infinities and no sign of zero. */
import { entry, type Library } from "./entry.ts";

/** The bits of infinity; those of NaN, without the sign, are larger. */
const INFINITY = "0x7f800000";

/** Compares by the order of the numbers: NaN is before -∞ or behind ∞. */
function comparison(name: string, operator: string) {
  return entry(
    `
fn ${name}(a: f32, b: f32) -> bool {
  let x = order_of(a);
  let y = order_of(b);
  return x ${operator} y && x >= -${INFINITY} && y <= ${INFINITY};
}`,
    "order_of",
  );
}

/** The larger or smaller one, NaN where there is one; 0 is more than -0. */
function extreme(name: string, operator: string) {
  return entry(
    `
fn ${name}(a: f32, b: f32) -> f32 {
  let chosen = select(a, b, total_order_of(b) ${operator} total_order_of(a));
  return select(select(chosen, b, is_nan(b)), a, is_nan(a));
}`,
    "is_nan",
    "total_order_of",
  );
}

export const BITS: Library = {
  is_nan: entry(`
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > ${INFINITY}u;
}`),
  /** Literals of what is not finite or not normal are refused, or flushed; and those of NaN. */
  float_of: entry(`
fn float_of(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}`),
  /** The same number, of which compilers know nothing: the first word of every table is 0. */
  opaque: entry(`
fn opaque(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ table[0]);
}`),
  /** The sum of two numbers, and what rounding takes from it. */
  exact_sum: entry(
    `
fn exact_sum(a: f32, b: f32) -> vec2<f32> {
  let sum = opaque(a + b);
  let part = opaque(sum - a);
  return vec2<f32>(sum, (a - opaque(sum - part)) + (b - part));
}`,
    "opaque",
  ),
  /** A sum and what it lost; that is NaN where the sum is infinite. */
  restored_sum: entry(`
fn restored_sum(sum: f32, lost: f32) -> f32 {
  let whole = sum + lost;
  return select(sum, whole, (bitcast<u32>(whole) & 0x7fffffffu) < ${INFINITY}u);
}`),
  /** Integers in the order of floats, equal for 0 and -0. */
  order_of: entry(`
fn order_of(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  let magnitude = bits & 0x7fffffff;
  return select(magnitude, -magnitude, bits < 0);
}`),
  /** Integers in the order of floats, -0 before 0. */
  total_order_of: entry(`
fn total_order_of(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return bits ^ ((bits >> 31u) & 0x7fffffff);
}`),
  /** The sign of `sign` for what is nonnegative. */
  with_sign_of: entry(`
fn with_sign_of(x: f32, sign: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) | (bitcast<u32>(sign) & 0x80000000u));
}`),
  /** What is not normal changes its sign, too. */
  f32_neg: entry(`
fn f32_neg(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u);
}`),
  /** The product of two numbers, one of which is 0. */
  times_zero: entry(
    `
fn times_zero(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a);
  let y = bitcast<u32>(b);
  let is_finite = max(x & 0x7fffffffu, y & 0x7fffffffu) < ${INFINITY}u;
  return select(float_of(0x7fc00000u), float_of((x ^ y) & 0x80000000u), is_finite);
}`,
    "float_of",
  ),
  f32_eq: comparison("f32_eq", "=="),
  f32_lt: comparison("f32_lt", "<"),
  f32_le: comparison("f32_le", "<="),
  f32_min: extreme("f32_min", "<"),
  f32_max: extreme("f32_max", ">"),
};
