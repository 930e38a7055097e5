/** @file erf, its inverse, and tanh. */
import { entry, type Library } from "./entry.ts";
import { horner, literal } from "./text.ts";

/** tanh(x) = x + x³ P(x²), |x| <= 0.625. @see Cephes' tanhf */
const TANH_P = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1];

/** erf(x) = x + x P(x²), |x| <= 475/512. @see Juffa's erff */
const ERF_P = [-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1];
/** erf(x) = 1 - exp(x Q(x) - x) above. */
const ERF_Q = [
  -1.7285347e-5, 3.83197126e-4, -3.88396438e-3, 2.42546219e-2, -1.06777877e-1, -6.34846687e-1, -1.28717512e-1,
];

/** erfinv(x) = x P(w), w = -log(1 - x²), in the middle and in the tails. @see Giles 2012 */
const ERF_INV_MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const ERF_INV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

export const ERROR_FUNCTION: Library = {
  f32_tanh: entry(
    `
fn f32_tanh(x: f32) -> f32 {
  let a = abs(x);
  let z = x * x;
  let small = (${horner("z", TANH_P)} * z) * x + x;
  // From 10 on it is 1.
  let large = 1f - 2f / (scaled_exp(2f * min(a, 10f), 0) + 1f);
  return select(with_sign_of(select(small, large, a > 0.625f), x), x, is_nan(x));
}`,
    "is_nan",
    "scaled_exp",
    "with_sign_of",
  ),
  f32_erf: entry(
    `
fn f32_erf(x: f32) -> f32 {
  let a = abs(x);
  let z = x * x;
  // Tiny ones in one product: a small part may be flushed to 0.
  let small = select(${horner("z", ERF_P)} * x + x, x * ${literal(2 / Math.sqrt(Math.PI))}, a < 1e-18f);
  // Far out it is 1, and the polynomial, which grows, must not come back.
  let t = min(a, 4f);
  let large = 1f - scaled_exp(${horner("t", ERF_Q)} * t - t, 0);
  return select(select(small, with_sign_of(large, x), a > ${475 / 512}f), x, is_nan(x));
}`,
    "is_nan",
    "scaled_exp",
    "with_sign_of",
  ),
  /**
   * 1 - x² of |x| < 1, with x² rounded before: XLA does so, and it decides the tails. Above √½ x is a multiple of
   * 2^-24: with |x| = 1 - d / 2^24, 1 - x² = (2 d - d² / 2^24) / 2^24, which is rounded in integers, since a driver may
   * multiply and subtract at once.
   */
  one_minus_square: entry(`
fn one_minus_square(x: f32) -> f32 {
  let d = u32(clamp(1f - abs(x), 0f, 0.5f) * 16777216f);
  // d² in two halves of 12 bits.
  let high = d >> 12u;
  let low = d & 0xfffu;
  let middle = 2u * high * low;
  let rest = ((middle & 0xfffu) << 12u) + low * low;
  let quotient = high * high + (middle >> 12u) + (rest >> 24u);
  let dropped = rest & 0xffffffu;
  let up = dropped > 0x800000u || (dropped == 0x800000u && (quotient & 1u) == 1u);
  let exact = f32(2u * d - quotient - select(0u, 1u, up)) * ${2 ** -24}f;
  return select(exact, 1f - x * x, abs(x) < 0.7072f);
}`),
  f32_erfInv: entry(
    `
fn f32_erfInv(x: f32) -> f32 {
  let w = -f32_log(one_minus_square(x));
  let v = w - 2.5f;
  let t = sqrt(max(w, 0f)) - 3f;
  let value = select(${horner("t", ERF_INV_TAIL)}, ${horner("v", ERF_INV_MIDDLE)}, w < 5f) * x;
  let magnitude = bitcast<u32>(x) & 0x7fffffffu;
  let outside = select(float_of(0x7fc00000u), with_sign_of(float_of(0x7f800000u), x), magnitude == 0x3f800000u);
  return select(value, outside, magnitude >= 0x3f800000u);
}`,
    "f32_log",
    "float_of",
    "one_minus_square",
    "with_sign_of",
  ),
};
