/** @file Adds up what was computed in parts. */
import { add } from "../../expr/arithmetic.ts";
import { type Buffer, type Expr, load } from "../../expr/expr.ts";
import { contiguous } from "../../expr/segments.ts";
import type { MapStep } from "../../steps/step.ts";

/** The sums of `count` parts of `size` elements each, which lie one after the other in `parts`, in that order. */
export function sumOfParts(parts: Buffer, count: number, size: number, result: Buffer): MapStep {
  const part = (i: number): Expr => ({ ...load(parts, "f32"), ...contiguous(size), offset: i * size });
  let sum = part(0);
  for (let i = 1; i < count; i++) sum = add(sum, part(i));
  return { kind: "map", size, stores: [{ buffer: result, layout: contiguous(size), expr: sum }] };
}
