/** @file SquareCombination in GLSL and WGSL. */
import { registerExpression } from "../elementwise/expression.ts";

registerExpression("SquareCombination", {
  inputs: ["x", "y"],
  attrs: ["a", "b"],
  element: "a * (x * x) + b * y",
});
