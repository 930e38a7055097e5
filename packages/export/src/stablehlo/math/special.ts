/** @file The error function and its inverse, in the float32 arithmetic that JAX uses on every device. */
import type { Builder } from "../mlir/builder.ts";
import type { Operand } from "../mlir/operand.ts";

/** Beyond this, erf is 1 in float32. */
const SATURATION = 3.8325069;

/** erf(x) = x P(x²) / Q(x²), coefficients from the highest power down. */
const ERF_P = [0.00022905065, 0.003408291, 0.050955694, 0.18520832, 1.1283791];
const ERF_Q = [-1.1791603e-7, 0.000023547966, 0.0010179626, 0.01407047, 0.11098505, 0.49746925, 1];

/** erfinv(x) = x P(w), w = -log(1 - x²), for the middle and the tails. @see Giles 2012 */
const MIDDLE = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

function horner(b: Builder, coefficients: readonly (number | Operand)[], x: Operand): Operand {
  const operand = (value: number | Operand) => (typeof value === "number" ? b.like(x, value) : value);
  return coefficients
    .slice(1)
    .reduce<Operand>(
      (sum, coefficient) => b.add(b.multiply(sum, x), operand(coefficient)),
      operand(coefficients[0]!),
    );
}

/** The error function. */
export function erf(b: Builder, x: Operand): Operand {
  const clamped = b.minimum(b.maximum(x, -SATURATION), SATURATION);
  const square = b.multiply(clamped, clamped);
  return b.divide(b.multiply(clamped, horner(b, ERF_P, square)), horner(b, ERF_Q, square));
}

/** The inverse error function; the square is rounded before the logarithm, which decides the tails. */
export function erfInv(b: Builder, x: Operand): Operand {
  const w = b.unary("negate", b.unary("log_plus_one", b.unary("negate", b.multiply(x, x))));
  const isMiddle = b.compare("LT", w, 5);
  const at = b.select(isMiddle, b.subtract(w, 2.5), b.subtract(b.unary("sqrt", w), 3));
  const coefficients = MIDDLE.map((middle, i) => b.select(isMiddle, b.like(x, middle), b.like(x, TAIL[i]!)));
  const value = b.multiply(horner(b, coefficients, at), x);
  return b.select(b.compare("EQ", b.unary("abs", x), 1), b.multiply(x, Infinity), value);
}
