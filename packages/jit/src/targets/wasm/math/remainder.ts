/** @file Remainders, and divisions of integers, which need more than float32. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import { type Half, inDouble } from "./double.ts";
import type { Expression, Lanes, Operand } from "./lanes.ts";
import { wrapped } from "./rounding.ts";
import { called } from "./vector-function.ts";

/** From here on a quotient may be rounded up to a whole number. */
const LARGE = 2 ** 29;
/** Without the last 24 bits of a float64, so that products with a float32 are exact. */
const LEADING = -(2n ** 24n);

/** The remainder with the sign of the divisor. */
const remainder: Half = (D, x, y) => withSignOf(D, y, D.sub(x, D.mul(D.trunc(D.div(x, y)), y)));

/** `rest`, which is that of any whole quotient and smaller than `y`, brought to the sign of `y`. */
function withSignOf(D: Lanes, y: Operand, rest: Operand): Expression {
  const kept = D.keep(rest);
  const other = D.and(D.ne(kept, 0), D.xor(D.lt(kept, 0), D.lt(y, 0)));
  return D.add(kept, D.and(other, y));
}

/** The same of float32, whose quotient may be any: large ones are taken off by their leading bits, without rounding. */
const floatRemainder =
  (f: FunctionBuilder): Half =>
  (D, x, y) => {
    const rest = D.keep(x);
    const quotient = f.local("v128");
    const large = f.local("v128");
    f.block((done) => {
      f.loop((again) => {
        D.put(D.div(rest, y));
        f.set(quotient);
        D.put(D.ge(D.abs(quotient), LARGE));
        f.tee(large).op("v128.any_true").op("i32.eqz").brIf(done);
        const leading = D.and(D.and(quotient, large), () => void f.i64(LEADING).op("i64x2.splat"));
        D.put(D.sub(rest, D.mul(leading, y)));
        f.set(rest).br(again);
      });
    });
    return withSignOf(D, y, D.sub(rest, D.mul(D.trunc(quotient), y)));
  };

const quotient: Half = (D, x, y) => D.floor(D.div(x, y));

/** The remainder with the sign of the divisor, as `tf.mod`: exact, then rounded to float32. */
export const mod = called("mod", 2, (context, x, y) => {
  const { F, I, f } = context;
  const body = floatRemainder(f);
  const value = inDouble(context, x, y, "f64x2.promote_low_f32x4", "f32x4.demote_f64x2_zero", body);
  // Of an infinite divisor x itself, or, where the sign is to be another, the divisor.
  const whole = F.and(F.eq(F.abs(y), Infinity), F.lt(F.abs(x), Infinity));
  const isKept = F.or(I.eq(F.lt(x, 0), F.lt(y, 0)), F.eq(x, 0));
  return F.select(whole, F.select(isKept, x, y), value);
});

/** The quotient of float32 rounded down, as int32 modulo 2^32; 0 where there is none. */
export const floorDiv = called("floorDiv", 2, (context, x, y) =>
  inDouble(context, x, y, "f64x2.promote_low_f32x4", "i32x4.trunc_sat_f64x2_s_zero", (D, a, b) =>
    wrapped(D, quotient(D, a, b)),
  ),
);

/** The remainder of int32 with the sign of the divisor; 0 where the divisor is. */
export const modInt = called("modInt", 2, (context, x, y) =>
  inDouble(context, x, y, "f64x2.convert_low_i32x4_s", "i32x4.trunc_sat_f64x2_s_zero", remainder),
);

/** The quotient of int32 rounded down, modulo 2^32; 0 where the divisor is. */
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
  // The one quotient that is none of int32, of -2^31 by -1, comes back to the dividend.
  const wrapped = I.select(I.eq(y, -1), I.neg(x), value);
  return I.without(wrapped, I.eq(y, 0));
});
