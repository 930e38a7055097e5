/** @file Kernels that fold axes. */
import { util } from "@tensorflow/tfjs-core";
import { converted, elementType } from "../convert.ts";
import type { Builder } from "../mlir/builder.ts";
import { type Operand, sizeOf } from "../mlir/operand.ts";
import { argReduce, reduce, type Reducer } from "../mlir/regions.ts";
import { ANY, FLOAT, type KernelRule, type KernelRules, rule, type X } from "../rule.ts";

type Axes = number | number[] | null | undefined;

/** The axes that a kernel's attribute names, counted from 0; all of them where it names none. */
function axesOf(axis: Axes, { shape }: Operand): number[] {
  return util.parseAxisParam(axis as number | number[], [...shape]).sort((a, b) => a - b);
}

interface ReductionAttrs {
  axis?: Axes;
  reductionIndices?: Axes;
}

function reduction(reducer: Reducer): KernelRule {
  return rule<X, ReductionAttrs>(ANY, (b, { x }, { axis, reductionIndices = axis }, [output]) => {
    const value = converted(b, x, elementType(output!.dtype));
    return b.reshape(reduce(b, value, axesOf(reductionIndices, x), reducer), output!.shape);
  });
}

function argExtreme(extreme: "maximum" | "minimum"): KernelRule {
  return rule<X, { axis: number }>(ANY, (b, { x }, { axis }, [output]) => {
    const [at = 0] = util.parseAxisParam(axis, [...x.shape]);
    if (x.shape[at] === 0) return b.fill(0, output!.shape, "i32");
    // Truth values are compared as numbers.
    return argReduce(b, x.type === "i1" ? converted(b, x, "i32") : x, at, extreme);
  });
}

/** `x` folded over `axis`, and repeated to its own shape again. */
function spread(b: Builder, x: Operand, axis: number, reducer: Reducer, finish?: (sum: Operand) => Operand) {
  const folded = reduce(b, x, [axis], reducer);
  const axes = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
  return b.broadcastInDim(finish ? finish(folded) : folded, x.shape, axes);
}

/** The softmax along an axis. */
export function softmax(b: Builder, logits: Operand, axis: number): Operand {
  const shifted = b.subtract(logits, spread(b, logits, axis, "maximum"));
  const exp = b.unary("exponential", shifted);
  return b.divide(exp, spread(b, exp, axis, "add"));
}

/** Sums, products, extremes, means, softmax. */
export const reductions: KernelRules = {
  All: reduction("and"),
  Any: reduction("or"),
  ArgMax: argExtreme("maximum"),
  ArgMin: argExtreme("minimum"),
  Max: reduction("maximum"),
  Min: reduction("minimum"),
  Prod: reduction("multiply"),
  Sum: reduction("add"),
  Mean: rule<X, ReductionAttrs>(ANY, (b, { x }, { axis }, [output]) => {
    const axes = axesOf(axis, x);
    const sum = reduce(b, converted(b, x, "f32"), axes, "add");
    const count = sizeOf(axes.map((i) => x.shape[i]!));
    return b.reshape(b.divide(sum, count), output!.shape);
  }),
  Softmax: rule<{ logits: Operand }, { dim: number }>(FLOAT, (b, { logits }, { dim }) =>
    softmax(b, logits, axesOf(dim, logits)[0] ?? 0),
  ),
  LogSoftmax: rule<{ logits: Operand }, { axis: number }>(FLOAT, (b, { logits }, { axis }) => {
    const [at = 0] = axesOf(axis, logits);
    const shifted = b.subtract(logits, spread(b, logits, at, "maximum"));
    const sum = spread(b, b.unary("exponential", shifted), at, "add", (total) => b.unary("log", total));
    return b.subtract(shifted, sum);
  }),
};
