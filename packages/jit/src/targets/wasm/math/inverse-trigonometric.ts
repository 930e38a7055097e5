/** @file asin, acos, atan, atan2. */
import type { Local } from "../assembler/types.ts";
import type { Expression } from "./lanes.ts";
import { doubly, inDouble } from "./double.ts";
import { called, type Context } from "./vector-function.ts";

/** asin(x) = x + x³ P(x²), |x| <= 1/2. @see Cephes' asinf */
const ASIN_P = [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1];
/** atan(x) = x + x³ P(x²), |x| <= tan(π/8). @see Cephes' atanf */
const ATAN_P = [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1];
const TAN_EIGHTH = 0.414213562373095;

/** asin of the magnitude up to 1/2; above, what is to be subtracted from π/2. */
function asinParts({ F }: Context, x: Parameters<typeof F.abs>[0]) {
  const a = F.keep(F.abs(x));
  const upper = F.keep(F.gt(a, 0.5));
  // asin(a) = π/2 - 2 asin(√((1 - a) / 2))
  const square = F.keep(F.select(upper, F.mul(F.sub(1, a), 0.5), F.mul(a, a)));
  const root = F.keep(F.select(upper, F.sqrt(square), a));
  const part = F.keep(F.multiplyAdd(F.mul(F.horner(square, ASIN_P), square), root, root));
  return { upper, part };
}

/** In float64, since above 1/2 a difference of nearly equal numbers is left. */
export const asin = called("asin", 1, (context, x) => {
  const value = doubly(context, x, (D, wide) => {
    const { upper, part } = asinParts({ ...context, F: D }, wide);
    return D.select(upper, D.sub(Math.PI / 2, D.add(part, part)), part);
  });
  return context.F.or(value, context.F.and(x, -0));
});

export const acos = called("acos", 1, (context, x) => {
  const { F } = context;
  const { upper, part } = asinParts(context, x);
  const negative = F.keep(F.lt(x, 0));
  const twice = F.keep(F.add(part, part));
  const outer = F.select(negative, F.sub(Math.PI, twice), twice);
  const inner = F.sub(Math.PI / 2, F.xor(part, F.and(x, -0)));
  return F.select(upper, outer, inner);
});

/** atan of a nonnegative number. */
function atanOf({ F }: Context, a: ReturnType<Context["F"]["keep"]>): Expression {
  // Above tan(3π/8), π/2 - atan(1/a); above tan(π/8), π/4 + atan((a - 1) / (a + 1)).
  const large = F.keep(F.gt(a, 1 / TAN_EIGHTH));
  const middle = F.keep(F.gt(a, TAN_EIGHTH));
  const quotient = F.div(F.select(large, -1, F.sub(a, 1)), F.select(large, a, F.add(a, 1)));
  const t = F.keep(F.select(middle, quotient, a));
  const base = F.select(large, Math.PI / 2, F.and(middle, Math.PI / 4));
  const z = F.keep(F.mul(t, t));
  return F.add(base, F.multiplyAdd(F.mul(F.horner(z, ATAN_P), z), t, t));
}

export const atan = called("atan", 1, (context, x) => {
  const { F } = context;
  const value = doubly(context, x, (D, wide) => atanOf({ ...context, F: D }, D.keep(D.abs(wide))));
  return F.or(value, F.and(x, -0));
});

/** The angle of the point (x, y): y first. */
export const atan2 = called("atan2", 2, (context, y, x) => {
  const { F } = context;
  const angle = inDouble(
    context,
    y,
    x,
    "f64x2.promote_low_f32x4",
    "f32x4.demote_f64x2_zero",
    (D, wideY, wideX) => angleOf({ ...context, F: D }, wideY, wideX),
  );
  const undefinedOf = F.or(F.ne(x, x), F.ne(y, y));
  return F.select(undefinedOf, NaN, F.or(angle, F.and(y, -0)));
});

/** The magnitude of the angle of the point (x, y), in float64. */
function angleOf(context: Context, y: Local, x: Local): Expression {
  const { f, F } = context;
  const [a, b] = [F.keep(F.abs(y)), F.keep(F.abs(x))];
  // The smaller over the larger, so that neither 0 / 0 nor ∞ / ∞ matters and nothing overflows.
  const steep = F.keep(F.gt(a, b));
  const [small, large] = [F.keep(F.select(steep, b, a)), F.keep(F.select(steep, a, b))];
  const equal = F.select(F.eq(small, 0), 0, 1);
  const quotient = F.div(small, large);
  const ratio = F.keep(F.select(F.eq(small, large), equal, quotient));
  const flat = F.keep(atanOf(context, ratio));
  const acute = F.keep(F.select(steep, F.sub(Math.PI / 2, flat), flat));
  // The sign bit of x counts, of -0 as well.
  const left: Expression = () => void f.get(x).i32(63).op("i64x2.shr_s");
  return F.select(left, F.sub(Math.PI, acute), acute);
}
