/** @file Shape rules of this package's own kernels, from the table that lives beside them. */
import { kernelShapes } from "../../kernels/shapes.ts";
import type { ShapeRule, ShapeRules } from "../rule.ts";

/** Rules of the kernels in `src/kernels/`. */
export const ownRules: ShapeRules = Object.fromEntries(
  // Each rule is typed with its own kernel's inputs and attributes, which the caller of the kernel has checked.
  Object.entries(kernelShapes as unknown as Record<string, ShapeRule>).map(([name, rule]) => [
    name,
    (inputs, attrs) => {
      const outputs = rule(inputs, attrs);
      // A kernel with one output answers a tensor, not a list of one.
      return "shape" in outputs || outputs.length > 1 ? outputs : outputs[0]!;
    },
  ]),
);
