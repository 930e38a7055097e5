/** @file Sums and products of all elements up to each. */
import type { ModuleBuilder } from "../assembler/module-builder.ts";
import type { Local } from "../assembler/types.ts";
import { ELEMENT, loadLanes, storeLanes } from "./lanes.ts";
import type { Routine } from "./routine.ts";

/** Along the middle axis of `[outer, size, inner]`. */
export interface CumulativeSpec {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  readonly operation: "sum" | "product";
  readonly lane: "f32" | "i32";
  /** Whether an element itself does not count. */
  readonly exclusive: boolean;
  /** Whether the last element comes first. */
  readonly reverse: boolean;
}

/** `fn(x, y, scratch, begin, end)`. A unit is four neighbours along the inner axis, or the last ones. */
export function emitCumulative(module: ModuleBuilder, spec: CumulativeSpec): Routine {
  const { outer, size, inner, operation, lane, exclusive, reverse } = spec;
  const f = module.function(`cumulative ${operation}`, {
    params: ["i32", "i32", "i32", "i32", "i32"],
    results: [],
  });
  const [x, y, , begin, end] = f.params as unknown as readonly [Local, Local, Local, Local, Local];
  const groups = Math.ceil(inner / 4);
  const lineBytes = inner * ELEMENT;
  const step = reverse ? -lineBytes : lineBytes;
  const [unit, group, start, from, to, i] = f.locals("i32", 6) as unknown as readonly [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const [total, element] = [f.local("v128"), f.local("v128")];
  const combine = `${lane}x4.${operation === "sum" ? "add" : "mul"}` as const;
  const run = (lanes: number) => {
    f.get(x).get(start).op("i32.add").set(from);
    f.get(y).get(start).op("i32.add").set(to);
    const identity = operation === "sum" ? 0 : 1;
    if (lane === "f32") f.f32x4(identity).set(total);
    else f.i32x4(identity).set(total);
    f.forRange(i, 0, size, 1, () => {
      if (exclusive) {
        // The element is read first: y may be x.
        loadLanes(f, from, 0, lanes);
        f.set(element);
        storeLanes(f, to, 0, lanes, total);
        f.get(element).get(total).op(combine).set(total);
      } else {
        loadLanes(f, from, 0, lanes);
        f.get(total).op(combine).set(total);
        storeLanes(f, to, 0, lanes, total);
      }
      f.get(from).i32(step).op("i32.add").set(from);
      f.get(to).i32(step).op("i32.add").set(to);
    });
  };
  f.forRange(unit, begin, end, 1, () => {
    f.get(unit).i32(groups).op("i32.rem_u").set(group);
    f.get(unit)
      .i32(groups)
      .op("i32.div_u")
      .i32(size * lineBytes)
      .op("i32.mul");
    f.get(group).i32(4).op("i32.shl").op("i32.add");
    f.i32(reverse ? (size - 1) * lineBytes : 0)
      .op("i32.add")
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
