/** @file AdamDirection in GLSL and WGSL. */
import type { Expression } from "../elementwise/expression.ts";

export const adamDirectionExpression: Expression<"AdamDirection"> = {
  inputs: ["mean", "square", "meanPower", "squarePower"],
  attrs: ["eps", "epsRoot"],
  element: "mean / (1.0 - meanPower) / (sqrt(square / (1.0 - squarePower) + epsRoot) + eps)",
};
