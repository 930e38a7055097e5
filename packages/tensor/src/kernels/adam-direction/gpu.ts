/** @file AdamDirection in GLSL and WGSL. */
import { registerExpression } from "../elementwise/expression.ts";

registerExpression("AdamDirection", {
  inputs: ["mean", "square", "meanPower", "squarePower"],
  attrs: ["eps", "epsRoot"],
  element: "mean / (1.0 - meanPower) / (sqrt(square / (1.0 - squarePower) + epsRoot) + eps)",
});
