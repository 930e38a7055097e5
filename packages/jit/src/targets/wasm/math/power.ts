/** @file pow. */
import type { Local } from "../assembler/types.ts";
import { type Expression, Lanes } from "./lanes.ts";
import { called, type Context } from "./vector-function.ts";

/** 2^r = Σ (r ln 2)^i / i!, |r| <= 1/2, to 1e-10. */
const EXP2 = Array.from({ length: 10 }, (_, i) => Math.LN2 ** (9 - i) / factorial(9 - i));
/** log2((1 + s) / (1 - s)) = 2 / ln 2 (s + s³/3 + …), |s| <= 0.1716, to 1e-12. */
const LOG2 = Array.from({ length: 8 }, (_, i) => 2 / Math.LN2 / (15 - 2 * i));
const HALF_ROOT = 0x3f3504f3;
const ROUNDER = 1.5 * 2 ** 52;

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/**
 * x^y: the logarithm, its product with y and the power of 2 in float64. `pow(x, 0)` and `pow(1, y)` are 1, negative x
 * needs an integer y: as C's.
 */
export const pow = called("pow", 2, (context, x, y) => {
  const { f, F, I } = context;
  const magnitude = F.keep(F.abs(x));
  const low = halfPower(context, magnitude, y, false);
  const high = halfPower(context, magnitude, y, true);
  const value = F.keep(() => f.get(low).get(high).shuffle32(0, 1, 4, 5));

  const whole = F.keep(F.eq(F.trunc(y), y));
  const half = F.keep(F.mul(y, 0.5));
  const odd = I.keep(F.without(whole, F.eq(F.trunc(half), half)));
  const negative = I.keep(I.shr(x, 31));
  const signed = F.xor(value, F.and(F.and(negative, odd), -0));
  // -0 and -∞ have powers of every exponent.
  const proper = F.and(F.gt(magnitude, 0), F.lt(magnitude, Infinity));
  const isUndefined = F.without(F.and(negative, proper), F.or(whole, F.eq(F.abs(y), Infinity)));
  const real = F.keep(F.select(isUndefined, NaN, signed));
  const one = F.or(F.or(F.eq(x, 1), F.eq(y, 0)), F.and(F.eq(x, -1), F.eq(F.abs(y), Infinity)));
  const withNaN = F.select(F.or(F.ne(x, x), F.ne(y, y)), NaN, real);
  return F.select(one, 1, withNaN);
});

/** The powers of lanes 0 and 1, or 2 and 3, of positive `x`, in lanes 0 and 1. */
function halfPower({ f, F, I }: Context, x: Local, y: Local, upper: boolean): Local {
  const D = new Lanes(f, "f64x2");
  const widened = (v: Expression): Expression => D.emits("f64x2.promote_low_f32x4", v);
  const pick = (v: Local): Expression =>
    upper ? () => void f.get(v).get(v).shuffle32(2, 3, 2, 3) : () => void f.get(v);
  const tiny = I.keep(F.lt(pick(x), 2 ** -126));
  const normal = F.keep(F.select(tiny, F.mul(pick(x), 2 ** 23), pick(x)));
  const shifted = I.keep(I.sub(normal, HALF_ROOT));
  const k = I.sub(I.shr(shifted, 23), I.and(tiny, 23));
  const exponent = D.keep(D.emits("f64x2.convert_low_i32x4_s", k));
  const mantissa = D.keep(widened(I.add(I.and(shifted, 0x7fffff), HALF_ROOT)));
  const s = D.keep(D.div(D.sub(mantissa, 1), D.add(mantissa, 1)));
  const z = D.keep(D.mul(s, s));
  const finite = D.multiplyAdd(D.horner(z, LOG2), s, exponent);
  const wide = D.keep(widened(pick(x)));
  const logarithm = D.select(D.eq(wide, 0), -Infinity, D.select(D.eq(wide, Infinity), Infinity, finite));
  const product = D.mul(logarithm, widened(pick(y)));
  const bounded = D.keep(D.atLeast(D.atMost(product, 300), -300));
  const rounded = D.keep(D.add(bounded, ROUNDER));
  const rest = D.keep(D.sub(bounded, D.sub(rounded, ROUNDER)));
  // The integer is in the low bits of `rounded`: adding it to the exponent multiplies by that power of 2.
  const scale =
    (v: Expression): Expression =>
    () => {
      D.put(v);
      f.get(rounded).i32(52).op("i64x2.shl").op("i64x2.add");
    };
  const result = D.keep(D.emits("f32x4.demote_f64x2_zero", scale(D.horner(rest, EXP2))));
  return result;
}
