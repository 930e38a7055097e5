/** @file The error function and its inverse with float32's rounding where the result depends on it. */

const fround = Math.fround;

/** Beyond this, erf is 1 in float32. */
const SATURATION = 3.832506856900711;

/** erf(x) = x P(x²) / Q(x²), coefficients from the highest power down. */
const ERF_P = [
  0.00022905065861350646, 0.0034082910107109506, 0.050955695062380861, 0.18520832239976145, 1.128379143519084,
];
const ERF_Q = [
  -1.1791602954361697e-7, 0.000023547966471313185, 0.0010179625278914885, 0.014070470171167667,
  0.11098505178285362, 0.49746925110067538, 1,
];

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
  const square = clamped * clamped;
  return fround((clamped * horner(ERF_P, square)) / horner(ERF_Q, square));
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
