/** @file Sums and products of all elements up to each. */
import type { FunctionBuilder } from "../assembler/function-builder.ts";
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import type { CumulativeSpec } from "../../../steps/specs/ordering.ts";
import { Wide } from "../math/wide.ts";
import { ELEMENT, loadLanes, storeLanes, VECTOR } from "./lanes.ts";
import type { Routine } from "./routine.ts";

/** What has come so far: floats in float64. */
function totalOf(f: FunctionBuilder, { operation, lane }: CumulativeSpec, element: Local) {
  if (lane === "f32") {
    const wide = new Wide(f, operation);
    return { begin: () => wide.clear(), take: () => wide.add(element), pushTotal: () => wide.push() };
  }
  const total = f.local("v128");
  return {
    begin: () => void f.i32x4(operation === "sum" ? 0 : 1).set(total),
    take: () =>
      void f
        .get(element)
        .get(total)
        .op(operation === "sum" ? "i32x4.add" : "i32x4.mul")
        .set(total),
    pushTotal: () => void f.get(total),
  };
}

/** `fn(x, y, scratch, begin, end)`. A unit is four neighbours along the inner axis, or the last ones. */
export function emitCumulative(module: ModuleBuilder, spec: CumulativeSpec): Routine {
  const { outer, size, inner, operation, exclusive, reverse } = spec;
  const f = module.procedure(`cumulative ${operation}`, 5);
  const [x, y, , begin, end] = f.params;
  const groups = Math.ceil(inner / 4);
  const lineBytes = inner * ELEMENT;
  const step = reverse ? -lineBytes : lineBytes;
  const [unit, group, start, from, to, i] = f.locals("i32", 6);
  const [element, value] = f.locals("v128", 2);
  const { begin: clear, take, pushTotal } = totalOf(f, spec, element);
  const run = (lanes: number) => {
    f.get(x).plus(start).set(from);
    f.get(y).plus(start).set(to);
    clear();
    f.forRange(i, 0, size, 1, () => {
      // The element is read first: y may be x.
      loadLanes(f, from, 0, lanes);
      f.set(element);
      if (!exclusive) take();
      pushTotal();
      f.set(value);
      storeLanes(f, to, 0, lanes, value);
      if (exclusive) take();
      f.increase(from, step);
      f.increase(to, step);
    });
  };
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(groups).op("i32.rem_u").set(group);
    f.get(unit)
      .i32(groups)
      .op("i32.div_u")
      .i32(size * lineBytes)
      .op("i32.mul");
    f.plus(group, VECTOR)
      .plus(reverse ? (size - 1) * lineBytes : 0)
      .set(start);
    const rest = inner % 4;
    if (!rest) return run(4);
    f.get(group)
      .i32(groups - 1)
      .op("i32.eq");
    f.if(
      () => run(rest),
      () => run(4),
    );
  });
  return { fn: f.ref, units: outer * groups, scratchBytes: 0, flops: outer * size * inner };
}
