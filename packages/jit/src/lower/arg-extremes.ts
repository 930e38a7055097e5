/** @file Lowerings of arg max and arg min. */
import { util } from "@tensorflow/tfjs-core";
import { product } from "../expr/segments.ts";
import { filled } from "./convert.ts";
import { routineOf } from "./routine.ts";
import { type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";
import { ANY } from "./takes.ts";

function argExtreme(extreme: "max" | "min"): LoweringRule {
  return rule<X, { axis: number }>(ANY, (lowering, { x }, attrs, [output]) => {
    const { shape } = output!;
    const [axis = 0] = util.parseAxisParam(attrs.axis, [...x.shape]);
    const length = x.shape[axis]!;
    const size = product(shape);
    if (length === 0) return filled(shape, "int32", 0);
    return routineOf(lowering, `arg ${extreme} ${size}x${length}`, [x], [output!], {
      kind: "arg extreme",
      outer: product(x.shape.slice(0, axis)),
      length,
      inner: product(x.shape.slice(axis + 1)),
      lane: x.expr.lane === "f32" ? "f32" : "i32",
      extreme,
    });
  });
}

/** Indices of extremes. */
export const argExtremes: LoweringRules = { ArgMax: argExtreme("max"), ArgMin: argExtreme("min") };
