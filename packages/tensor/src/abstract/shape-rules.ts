/** @file The table of all shape rules, by kernel name. */
import type { TensorSpec } from "../kernels/shapes.ts";
import { rule, type ShapeRule, type X } from "./rule.ts";
import { convolutionRules } from "./rules/convolution.ts";
import { creationRules } from "./rules/creation.ts";
import { dataDependentRules } from "./rules/data-dependent.ts";
import { elementwiseRules } from "./rules/elementwise.ts";
import { imageRules } from "./rules/image.ts";
import { indexingRules } from "./rules/indexing.ts";
import { layoutRules } from "./rules/layout.ts";
import { matmulRules } from "./rules/matmul.ts";
import { ownRules } from "./rules/own.ts";
import { poolingRules } from "./rules/pooling.ts";
import { reductionRules } from "./rules/reduction.ts";

/**
 * The shape rule of a kernel, by TensorFlow.js's name of it (`"BatchMatMul"`); undefined for one that
 * has none.
 */
export function shapeRuleOf(kernelName: string): ShapeRule | undefined {
  return rules.get(kernelName);
}

/**
 * Gives a kernel of your own a shape rule, so that it runs inside `evalShape` and `runAbstract`; a kernel that has a
 * rule gets the new one. The rule is called with the kernel's own inputs and attributes; say what they are where
 * there is more than an input `x`.
 *
 * ```ts
 * registerShapeRule("MyScale", ({ x }) => ({ shape: x.shape, dtype: x.dtype }));
 * ```
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the kernel is called with
export function registerShapeRule<Inputs extends object = X, Attrs extends object = object>(
  kernelName: string,
  infer: (inputs: Inputs, attrs: Attrs) => TensorSpec | readonly TensorSpec[],
): void {
  if (!rules.has(kernelName)) names.push(kernelName);
  rules.set(kernelName, rule(infer));
}

/** Every kernel that has a rule. */
export function shapeRuleNames(): readonly string[] {
  return names;
}

const rules = new Map<string, ShapeRule>(
  Object.entries({
    ...convolutionRules,
    ...creationRules,
    ...dataDependentRules,
    ...elementwiseRules,
    ...imageRules,
    ...indexingRules,
    ...layoutRules,
    ...matmulRules,
    ...ownRules,
    ...poolingRules,
    ...reductionRules,
  }),
);

const names = [...rules.keys()];
