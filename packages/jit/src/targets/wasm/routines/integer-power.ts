/** @file A power of a constant with an integer exponent. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Routine } from "./routine.ts";

/**
 * Operands: an int32 exponent, the float32 result. Computed in float64 by squaring, since optimisers subtract powers
 * that are nearly 1 from 1.
 */
export function emitIntegerPower(module: ModuleBuilder, { base }: { readonly base: number }): Routine {
  const f = module.procedure("integer power", 5);
  const [from, to] = f.params;
  const [exponent, rest] = f.locals("i32", 2);
  const [factor, power] = f.locals("f64", 2);
  f.get(from).memory("i32.load").set(exponent);
  f.f64(Math.fround(base)).set(factor);
  f.f64(1).set(power);
  // The magnitude, as an unsigned number.
  f.get(exponent).get(exponent).i32(31).op("i32.shr_s").op("i32.xor");
  f.get(exponent).i32(31).op("i32.shr_u").op("i32.add").set(rest);
  f.block((done) => {
    f.loop((again) => {
      f.get(rest).op("i32.eqz").brIf(done);
      f.get(rest)
        .i32(1)
        .op("i32.and")
        .if(() => f.get(power).get(factor).op("f64.mul").set(power));
      f.get(factor).get(factor).op("f64.mul").set(factor);
      f.get(rest).i32(1).op("i32.shr_u").set(rest).br(again);
    });
  });
  f.get(exponent)
    .i32(0)
    .op("i32.lt_s")
    .if(() => f.f64(1).get(power).op("f64.div").set(power));
  f.get(to).get(power).op("f32.demote_f64").memory("f32.store");
  return { fn: f.ref, units: 1, scratchBytes: 0, flops: 64 };
}
