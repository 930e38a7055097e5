/** @file Functions of float32 that are computed in float64. */
import type { Local } from "../assembler/types.ts";
import { type Expression, Lanes } from "./lanes.ts";
import type { Context } from "./vector-function.ts";

/** Two lanes, with the operands in float64. */
export type Half = (D: Lanes, x: Local, y: Local) => Expression;

/** From the lower two lanes of a vector to float64. */
type Widen = "f64x2.promote_low_f32x4" | "f64x2.convert_low_i32x4_s";

/** From float64 to the lower two lanes of a vector. */
type Narrow = "f32x4.demote_f64x2_zero" | "i32x4.trunc_sat_f64x2_s_zero";

/** Both halves in float64, `widen` at the beginning and `narrow` at the end. */
export function inDouble(
  { f, F }: Context,
  x: Local,
  y: Local,
  widen: Widen,
  narrow: Narrow,
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

/** A function of float32 in float64, rounded in the end. */
export function doubly(context: Context, x: Local, body: (D: Lanes, x: Local) => Expression): Expression {
  return inDouble(context, x, x, "f64x2.promote_low_f32x4", "f32x4.demote_f64x2_zero", body);
}
