/** @file The index of the largest or the smallest element along an axis. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { ArgExtremeSpec } from "../../../steps/specs/ordering.ts";
import type { Routine } from "./routine.ts";

/** Operands: the tensor, the int32 indices `[outer, inner]`; the first of equal elements counts. */
export function emitArgExtreme(module: ModuleBuilder, spec: ArgExtremeSpec): Routine {
  const { outer, length, inner, lane, extreme } = spec;
  const f = module.procedure(`arg ${extreme}`, 5);
  const [x, indices, , begin, end] = f.params;
  const [unit, address, at, index] = f.locals("i32", 4);
  const [best, value] = [f.local(lane), f.local(lane)];
  const isBetter = () => {
    if (lane === "i32")
      return f
        .get(value)
        .get(best)
        .op(extreme === "max" ? "i32.gt_s" : "i32.lt_s");
    // NaN is better than all numbers, and nothing better than NaN.
    f.get(value)
      .get(best)
      .op(extreme === "max" ? "f32.le" : "f32.ge")
      .op("i32.eqz");
    return f.get(best).get(best).op("f32.eq").op("i32.and");
  };
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit)
      .i32(inner)
      .op("i32.div_u")
      .i32(4 * length * inner)
      .op("i32.mul");
    f.plus(() => f.get(unit).i32(inner).op("i32.rem_u"), 4)
      .plus(x)
      .set(address);
    f.get(address).memory(`${lane}.load`).set(best);
    f.i32(0).set(index);
    f.forRange(at, 1, length, 1, () => {
      f.get(address)
        .plus(4 * inner)
        .tee(address)
        .memory(`${lane}.load`)
        .set(value);
      isBetter().if(() => f.get(value).set(best).get(at).set(index));
    });
    f.get(indices).plus(unit, 4).get(index).memory("i32.store");
  });
  return { fn: f.ref, units: outer * inner, scratchBytes: 0, flops: outer * length * inner };
}
