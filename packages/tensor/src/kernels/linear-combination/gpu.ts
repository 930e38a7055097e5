/** @file LinearCombination in GLSL and WGSL. */
import type { Expression } from "../elementwise/expression.ts";

export const linearCombinationExpression: Expression<"LinearCombination"> = {
  inputs: ["x", "y"],
  attrs: ["a", "b"],
  element: "a * x + b * y",
};
