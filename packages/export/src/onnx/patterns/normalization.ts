/** @file Normalisation that is written out in kernels. */
import { areStatic, isSameShape } from "../symbolic/dim.ts";
import type { Node, Value } from "../symbolic/graph.ts";
import { any, either, type Found, made, type Pattern, type Rewrite, scalar, type Search } from "./pattern.ts";

const x = any("x");
const mean = made("Mean", [x], "mean");
const variance = either(
  made("Relu", [made("Sub", [made("Mean", [made("Square", [x])], "square"), made("Square", [mean])])]),
  made("Mean", [made("Square", [made("Sub", [x, mean])])], "square"),
);
const inverse = (of: Pattern) => made("Rsqrt", [made("Add", [of, scalar("epsilon")])]);
const factor = (of: Pattern) => either(made("Multiply", [inverse(of), any("scale")]), inverse(of));
const centred = made("Multiply", [made("Sub", [x, mean]), factor(variance)]);

/** The first of the axes that are folded, if they are all from there on, and stay with size 1. */
function firstAxis(node: Node | undefined, { shape }: Value): number | undefined {
  const rank = shape.length;
  const axes = ([node?.attrs["axis"]].flat() as number[]).map((axis) => (axis < 0 ? axis + rank : axis));
  const first = Math.min(...axes);
  const isTail = node?.attrs["keepDims"] === true && axes.length === rank - first;
  return isTail && areStatic(shape.slice(first)) ? first : undefined;
}

/** Whether scale and bias have a number for each place that is folded. */
function fits(value: Value | undefined, x: Value, axis: number): boolean {
  return !value || isSameShape(value.shape, x.shape.slice(axis));
}

function layerNorm({ values, nodes }: Found, graph: Search) {
  const { x, scale, bias, epsilon } = values as Record<string, Value>;
  const axis = firstAxis(nodes["mean"], x!);
  const isSame = axis !== undefined && firstAxis(nodes["square"], x!) === axis;
  if (!isSame || !fits(scale, x!, axis) || !fits(bias, x!, axis)) return undefined;
  return {
    kernelName: "LayerNormalization",
    inputs: { x: x!, ...(scale ? { scale } : {}), ...(bias ? { bias } : {}) },
    attrs: { axis, epsilon: graph.elementsOf(epsilon!)![0]! },
  };
}

/** LayerNorm, with scale and bias or without. */
export const LAYER_NORM: readonly Rewrite[] = [
  {
    root: "Add",
    pattern: made("Add", [centred, any("bias")]),
    replace: (found, _, graph) => layerNorm(found, graph),
  },
  { root: "Multiply", pattern: centred, replace: (found, _, graph) => layerNorm(found, graph) },
];

/** RMSNorm with a scale. */
export const RMS_NORM: Rewrite = {
  root: "Multiply",
  pattern: made("Multiply", [
    x,
    made("Multiply", [inverse(made("Mean", [made("Square", [x])], "square")), any("scale")]),
  ]),
  replace({ values, nodes }, _, graph) {
    const { x, scale, epsilon } = values as Record<"x" | "scale" | "epsilon", Value>;
    const axis = firstAxis(nodes["square"], x);
    if (axis === undefined || !fits(scale, x, axis)) return undefined;
    return {
      kernelName: "RMSNormalization",
      inputs: { x, scale },
      attrs: { axis, epsilon: graph.elementsOf(epsilon)![0]! },
    };
  },
};
