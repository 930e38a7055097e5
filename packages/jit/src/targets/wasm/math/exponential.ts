/** @file exp, expm1, and functions of them. */
import type { Local } from "../assembler/types.ts";
import { inDouble } from "./double.ts";
import type { Expression, Operand } from "./lanes.ts";
import { called, type Context } from "./vector-function.ts";

const LOG2E = Math.LOG2E;
/** ln 2 in two parts: products of the first with integers below 2^11 are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
/** Adding it rounds to an integer, which is then in the low bits. */
const ROUNDER = 1.5 * 2 ** 23;
const ROUNDER_BITS = 0x4b400000;

/** e^r = 1 + r + r² P(r), |r| <= ln 2 / 2. @see Cephes' expf */
const EXP_P = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.50000001201,
];

/** x = n ln 2 + r, |r| <= ln 2 / 2: `r`, the integer `n` as int32, and what rounding took from `r`. */
function reduce({ F, I }: Context, x: Operand): { r: Local; n: Local; lost: Expression } {
  const shifted = F.keep(F.add(F.mul(x, LOG2E), ROUNDER));
  const n = F.keep(F.sub(shifted, ROUNDER));
  const partly = F.keep(F.multiplyAdd(n, -LN2_HIGH, x));
  const low = F.keep(F.mul(n, LN2_LOW));
  const r = F.keep(F.sub(partly, low));
  // What rounding took from r.
  const lost = F.sub(F.sub(partly, r), low);
  return { r, n: I.keep(I.sub(shifted, ROUNDER_BITS)), lost };
}

/** 2^n for -126 <= n <= 127. */
function power({ I }: Context, n: Operand): Expression {
  return I.shl(I.add(n, 127), 23);
}

/** e^x 2^shift. */
function scaledExp(context: Context, x: Local, shift: number): Expression {
  const { F, I } = context;
  // Beyond, it overflows or is 0; n fits into two factors, so that denormals come out right. Far below, as where a mask
  // hides a score, the first of them is 0: a product that underflows takes a processor 150 cycles.
  const { r, n: exponent, lost } = reduce(context, F.keep(F.atLeast(F.atMost(x, 90), -175.4)));
  const value = F.keep(F.add(F.add(F.multiplyAdd(F.mul(r, r), F.horner(r, EXP_P), lost), r), 1));
  const n = shift === 0 ? exponent : I.keep(I.add(exponent, shift));
  const half = I.keep(I.shr(n, 1));
  return F.mul(F.mul(value, power(context, half)), power(context, I.sub(n, half)));
}

/** e^x for |x| <= 80, within 2 units in the last place, or NaN. */
export function boundedExp(context: Context, x: Operand): Expression {
  const { F } = context;
  const { r, n } = reduce(context, x);
  const value = F.add(F.add(F.mul(F.mul(r, r), F.horner(r, EXP_P)), r), 1);
  return F.mul(value, power(context, n));
}

export const exp = called("exp", 1, (context, x) => scaledExp(context, x, 0));

/** e^x / 2, which does not overflow before hyperbolic functions do. */
const halfExp = called("halfExp", 1, (context, x) => scaledExp(context, x, -1));

/** sinh(x) = x + x³ P(x²), |x| <= 1. @see Cephes' sinhf */
const SINH_P = [2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1];

export const expm1 = called("expm1", 1, (context, x) => {
  const { F, I } = context;
  const { r, n } = reduce(context, F.keep(F.atLeast(F.atMost(x, 89), -30)));
  const small = F.multiplyAdd(F.mul(r, r), F.horner(r, EXP_P), r);
  // 2^n - 1 is halved, since 2^128 is none of float32.
  const scale = F.keep(power(context, I.sub(n, 1)));
  const value = F.mul(F.multiplyAdd(small, scale, F.sub(scale, 0.5)), 2);
  // -0 and denormals stay as they are.
  return F.select(F.lt(F.abs(x), 1e-30), x, value);
});

/** 1 / (1 + e^-x), without overflow and with the relative precision of e^x for negative x. */
export const sigmoid = called("sigmoid", 1, (context, x) => {
  const { F, call } = context;
  const e = F.keep(call(exp, F.neg(F.abs(x))));
  const above = F.keep(F.select(F.lt(x, 0), e, 1));
  // The sum and the quotient in float64: their errors and that of e would be more than 2 units.
  return inDouble(
    context,
    above,
    e,
    "f64x2.promote_low_f32x4",
    "f32x4.demote_f64x2_zero",
    (D, dividend, wide) => D.div(dividend, D.add(wide, 1)),
  );
});

export const sinh = called("sinh", 1, ({ F, call }, x) => {
  const magnitude = F.keep(F.abs(x));
  const z = F.keep(F.mul(x, x));
  const small = F.multiplyAdd(F.mul(F.horner(z, SINH_P), z), x, x);
  const half = F.keep(call(halfExp, magnitude));
  const large = F.sub(half, F.div(0.25, half));
  return F.select(F.gt(magnitude, 1), F.or(F.and(x, -0), large), small);
});

export const cosh = called("cosh", 1, ({ F, call }, x) => {
  const half = F.keep(call(halfExp, F.abs(x)));
  return F.add(half, F.div(0.25, half));
});
