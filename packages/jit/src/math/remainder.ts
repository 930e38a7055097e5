/** @file Remainders, and divisions of integers, which need more than float32. */
import type { Local } from "../assembler/types.ts";
import { type Expression, Lanes } from "./lanes.ts";
import { called, type Context } from "./vector-function.ts";

type Half = (D: Lanes, x: Local, y: Local) => Expression;

/** Both halves in float64, `widen` at the beginning and `narrow` at the end, each an instruction on the lower lanes. */
function inDouble(
  { f, F }: Context,
  x: Local,
  y: Local,
  widen: "f64x2.promote_low_f32x4" | "f64x2.convert_low_i32x4_s",
  narrow: "f32x4.demote_f64x2_zero" | "i32x4.trunc_sat_f64x2_s_zero",
  body: Half,
): Expression {
  const D = new Lanes(f, "f64x2");
  const half = (upper: boolean) => {
    const pick = (v: Local): Expression =>
      upper ? () => void f.get(v).get(v).shuffle32(2, 3, 2, 3) : () => void f.get(v);
    const wide = [x, y].map((v) => D.keep(D.emits(widen, pick(v))));
    return F.keep(D.emits(narrow, body(D, wide[0]!, wide[1]!)));
  };
  const [low, high] = [half(false), half(true)];
  return () => void f.get(low).get(high).shuffle32(0, 1, 4, 5);
}

/** The remainder with the sign of the divisor. */
const remainder: Half = (D, x, y) => {
  const rest = D.keep(D.sub(x, D.mul(D.trunc(D.div(x, y)), y)));
  const other = D.and(D.ne(rest, 0), D.xor(D.lt(rest, 0), D.lt(y, 0)));
  return D.add(rest, D.and(other, y));
};

const quotient: Half = (D, x, y) => D.floor(D.div(x, y));

/** The remainder with the sign of the divisor, as `tf.mod`: exact while the quotient is below 2^29. */
export const mod = called("mod", 2, (context, x, y) => {
  const { F } = context;
  const value = inDouble(context, x, y, "f64x2.promote_low_f32x4", "f32x4.demote_f64x2_zero", remainder);
  // Of an infinite divisor with the sign of x, x itself.
  const sameSign = F.eq(F.lt(x, 0), F.lt(y, 0));
  const whole = F.and(F.and(F.eq(F.abs(y), Infinity), F.lt(F.abs(x), Infinity)), sameSign);
  return F.select(whole, x, value);
});

/** The same of int32; 0 where the divisor is. */
export const modInt = called("modInt", 2, (context, x, y) =>
  inDouble(context, x, y, "f64x2.convert_low_i32x4_s", "i32x4.trunc_sat_f64x2_s_zero", remainder),
);

/** The quotient of int32 rounded down; 0 where the divisor is. */
export const floorDivInt = called("floorDivInt", 2, (context, x, y) => {
  const { I } = context;
  const value = inDouble(
    context,
    x,
    y,
    "f64x2.convert_low_i32x4_s",
    "i32x4.trunc_sat_f64x2_s_zero",
    quotient,
  );
  return I.without(value, I.eq(y, 0));
});
