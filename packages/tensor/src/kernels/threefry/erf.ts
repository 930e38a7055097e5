/** @file The error function and its inverse with float32's rounding where the result depends on it. */

const fround = Math.fround;

/** Beyond this, erf is 1 in float32. */
const SATURATION = fround(3.8325069);

/** erf(x) = x P(x²) / Q(x²), coefficients from the highest power down. */
const ERF_P = [0.00022905065, 0.003408291, 0.050955694, 0.18520832, 1.1283791].map(fround);
const ERF_Q = [-1.1791603e-7, 0.000023547966, 0.0010179626, 0.01407047, 0.11098505, 0.49746925, 1].map(
  fround,
);

/** erfinv(x) = x P(w), w = -log(1 - x²), for the middle and the tails. */
export const ERF_INV_MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
export const ERF_INV_TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/** The float32 error function of a float32. */
export function erf(x: number): number {
  const clamped = Math.min(SATURATION, Math.max(-SATURATION, x));
  const square = fround(clamped * clamped);
  return fround(fround(clamped * roundedHorner(ERF_P, square)) / roundedHorner(ERF_Q, square));
}

/**
 * The float32 inverse error function of a float32 in [-1, 1].
 *
 * The square is rounded before the logarithm: near 1 that decides the tails of the normal distribution.
 *
 * @see Giles 2012, "Approximating the erfinv function"
 */
export function erfInv(x: number): number {
  const rest = 1 - fround(x * x);
  if (rest === 0) return x * Infinity;
  const w = -Math.log(rest);
  const p = w < 5 ? horner(ERF_INV_MIDDLE, w - 2.5) : horner(ERF_INV_TAIL, Math.sqrt(w) - 3);
  return fround(fround(p) * x);
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/** Each step rounded once, as a fused multiply-add. */
function roundedHorner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = fround(sum * x + coefficient);
  return sum;
}
