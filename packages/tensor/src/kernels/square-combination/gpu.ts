/** @file SquareCombination in GLSL and WGSL. */
import type { Expression } from "../elementwise/expression.ts";

export const squareCombinationExpression: Expression<"SquareCombination"> = {
  inputs: ["x", "y"],
  attrs: ["a", "b"],
  element: "a * (x * x) + b * y",
};
