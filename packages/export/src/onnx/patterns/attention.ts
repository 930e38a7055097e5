/** @file Attention that is written out in kernels. */
import type { Node, Value } from "../symbolic/graph.ts";
import { any, either, made, type Rewrite, scalar } from "./pattern.ts";

const scores = made(
  "BatchMatMul",
  [either(made("Multiply", [any("q"), scalar("scale")]), any("q")), any("k")],
  "scores",
);

/** `softmax(scale q kᵀ) v` of four axes, heads before places, without a mask. */
export const ATTENTION: Rewrite = {
  root: "BatchMatMul",
  pattern: made("BatchMatMul", [made("Softmax", [scores], "softmax"), any("v")], "weighted"),
  replace({ values, nodes }, output, graph) {
    const { q, k, v, scale } = values as Record<"q" | "k" | "v", Value> & { scale?: Value };
    const { scores, softmax, weighted } = nodes as Record<"scores" | "softmax" | "weighted", Node>;
    const isPlain =
      scores.attrs["transposeB"] === true &&
      !scores.attrs["transposeA"] &&
      !weighted.attrs["transposeA"] &&
      !weighted.attrs["transposeB"] &&
      [3, -1].includes(softmax.attrs["dim"] as number) &&
      output.shape.length === 4;
    if (!isPlain) return undefined;
    return {
      kernelName: "Attention",
      inputs: { q, k, v },
      attrs: { scale: scale ? graph.elementsOf(scale)![0]! : 1 },
    };
  },
};
