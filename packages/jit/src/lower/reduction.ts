/** @file Lowerings of kernels that fold axes. */
import { util } from "@tensorflow/tfjs-core";
import type { Dtype } from "@nnx-js/nn/trace";
import { exp, log, div, sub } from "../expr/arithmetic.ts";
import { type Lane, load } from "../expr/expr.ts";
import { product } from "../expr/segments.ts";
import type { Reducer } from "../steps/step.ts";
import { laneOfDtype, type Lowering, type Tensor } from "./context.ts";
import { filled, mapped, toLane } from "./convert.ts";
import { broadcastTo, resized, transpose } from "./moves.ts";
import { type LoweringRule, type LoweringRules, rule, type X } from "./rule.ts";
import { ANY, FLOAT } from "./takes.ts";

/** The lowest number of a dtype. */
export function lowest(dtype: Dtype): number {
  return dtype === "float32" ? -Infinity : dtype === "int32" ? -(2 ** 31) : 0;
}

/** The highest number of a dtype. */
function highest(dtype: Dtype): number {
  return dtype === "float32" ? Infinity : dtype === "int32" ? 2 ** 31 - 1 : 1;
}

/** What a reduction of no elements gives. */
function neutral(reducer: Reducer, dtype: Dtype): number {
  if (reducer === "max") return lowest(dtype);
  if (reducer === "min") return highest(dtype);
  return reducer === "product" || reducer === "all" ? 1 : 0;
}

/** `base ** exponent` of int32, modulo 2^32. */
function integerPower(base: number, exponent: number): number {
  let result = 1;
  for (let factor = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, factor);
    factor = Math.imul(factor, factor);
  }
  return result;
}

/** `x` folded over `axes`; the result has the shape `shape`. */
export function reduced(
  lowering: Lowering,
  x: Tensor,
  axes: readonly number[],
  reducer: Reducer,
  { shape, dtype }: { shape: readonly number[]; dtype: Dtype },
): Tensor {
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const keptSize = product(kept.map((axis) => x.shape[axis]!));
  const reducedSize = product(axes.map((axis) => x.shape[axis]!));
  const lane: Lane = laneOfDtype(dtype);
  if (reducedSize === 0 || keptSize === 0) return filled(shape, dtype, neutral(reducer, dtype));
  const ordered = transpose(lowering, x, [...kept, ...axes]);
  const expr = toLane(ordered.expr, lane);
  if (reducedSize === 1) return { shape, dtype, expr };
  if (expr.kind === "const") {
    // Of equal elements, all but the sum and the product are the element itself.
    const isFloat = lane === "f32";
    if (reducer === "sum") {
      const sum = isFloat ? expr.value * reducedSize : Math.imul(expr.value, reducedSize);
      return filled(shape, dtype, sum);
    }
    if (reducer === "product") {
      const product = isFloat ? expr.value ** reducedSize : integerPower(expr.value, reducedSize);
      return filled(shape, dtype, product);
    }
    return { shape, dtype, expr };
  }
  const buffer = lowering.buffer(keptSize);
  lowering.reduce(keptSize, reducedSize, { reducer, expr, buffer });
  return { shape, dtype, expr: load(buffer, lane) };
}

type Axes = number | number[] | null | undefined;

/** The axes that a kernel's attribute names, counted from 0; all of them where it names none. */
function axesOf(axis: Axes, { shape }: Tensor): number[] {
  return util.parseAxisParam(axis as number | number[], [...shape]).sort((a, b) => a - b);
}

interface ReductionAttrs {
  axis?: Axes;
  reductionIndices?: Axes;
}

function reduction(reducer: Reducer): LoweringRule {
  return rule<X, ReductionAttrs>(ANY, (lowering, { x }, { axis, reductionIndices = axis }, [output]) =>
    reduced(lowering, x, axesOf(reductionIndices, x), reducer, output!),
  );
}

/** `x`, folded over `axis` and repeated to its own shape again. */
function spread(lowering: Lowering, x: Tensor, axis: number, reducer: Reducer): Tensor {
  const shape = resized(x.shape, axis, 1);
  return broadcastTo(lowering, reduced(lowering, x, [axis], reducer, { shape, dtype: x.dtype }), x.shape);
}

/** `x` minus its maximum along `axis`, and the exponentials of that. */
function exponentials(lowering: Lowering, x: Tensor, axis: number): { shifted: Tensor; exp: Tensor } {
  // Read three times: by the maximum, the sum and the result.
  const source = lowering.held(x);
  const max = spread(lowering, source, axis, "max");
  const shifted = mapped(source, "float32", (expr) => sub(expr, max.expr));
  return { shifted, exp: mapped(shifted, "float32", exp) };
}

/** Sums, products, extremes, means, softmax. */
export const reductions: LoweringRules = {
  All: reduction("all"),
  Any: reduction("any"),
  Max: reduction("max"),
  Min: reduction("min"),
  Prod: reduction("product"),
  Sum: reduction("sum"),
  Mean: rule<X, ReductionAttrs>(ANY, (lowering, { x }, { axis }, [output]) => {
    const axes = axesOf(axis, x);
    const sum = reduced(lowering, x, axes, "sum", output!);
    const count = product(axes.map((i) => x.shape[i]!));
    return mapped(sum, "float32", (expr) => div(expr, count));
  }),
  Softmax: rule<{ logits: Tensor }, { dim: number }>(FLOAT, (lowering, { logits }, { dim }) => {
    const [axis = 0] = axesOf(dim, logits);
    const exp = lowering.store(exponentials(lowering, logits, axis).exp);
    const sum = spread(lowering, exp, axis, "sum");
    return mapped(exp, "float32", (expr) => div(expr, sum.expr));
  }),
  LogSoftmax: rule<{ logits: Tensor }, { axis: number }>(FLOAT, (lowering, { logits }, { axis }) => {
    const [at = 0] = axesOf(axis, logits);
    const { shifted, exp } = exponentials(lowering, logits, at);
    const shape = resized(logits.shape, at, 1);
    const sum = reduced(lowering, exp, [at], "sum", { shape, dtype: "float32" });
    const logSum = broadcastTo(lowering, mapped(sum, "float32", log), logits.shape);
    return mapped(shifted, "float32", (expr) => sub(expr, logSum.expr));
  }),
};
