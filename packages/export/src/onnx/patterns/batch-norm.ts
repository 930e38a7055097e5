/** @file Normalisation by given statistics, whose numbers are known: a product and a sum, or part of a convolution. */
import { any, made, type Pattern, type Rewrite, type Search } from "./pattern.ts";
import type { Value } from "../symbolic/graph.ts";

const x = any("x");
const scaled: Pattern = made("Multiply", [made("Sub", [x, any("mean")]), any("factor")]);

/** Whether it is known, and one number for each channel of `x`. */
function isVector(value: Value, { shape }: Value, graph: Search): boolean {
  return graph.elementsOf(value) !== undefined && value.shape.length === 1 && value.shape[0] === shape.at(-1);
}

/** `(x - mean) * factor + bias`, by channels, as one operator that runtimes join to the convolution before. */
export const BATCH_NORM: Rewrite = {
  root: "Add",
  pattern: made("Add", [scaled, any("bias")]),
  replace({ values }, _, graph) {
    const { x, mean, factor, bias } = values as Record<"x" | "mean" | "factor" | "bias", Value>;
    const maker = graph.makerOf(x);
    const followsConvolution = maker !== undefined && /Conv/.test(maker.kernelName);
    if (!followsConvolution || ![mean, factor, bias].every((value) => isVector(value, x, graph)))
      return undefined;
    return {
      kernelName: "FusedBatchNorm",
      inputs: { x, mean, offset: bias, scale: factor },
      attrs: { varianceEpsilon: 0 },
    };
  },
};
