/** @file LinearCombination in GLSL and WGSL. */
import { registerExpression } from "../elementwise/expression.ts";

registerExpression("LinearCombination", { inputs: ["x", "y"], attrs: ["a", "b"], element: "a * x + b * y" });
