/** @file The table of all shape rules, by kernel name. */
import type { ShapeRule } from "./rule.ts";
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
 * Gives a kernel of your own a shape rule, so that it runs inside `evalShape` and `runAbstract`; a
 * kernel that has a rule gets the new one.
 *
 * ```ts
 * registerShapeRule("MyScale", ({ x }) => ({ shape: x.shape, dtype: x.dtype }));
 * ```
 */
export function registerShapeRule(kernelName: string, rule: ShapeRule): void {
  rules.set(kernelName, rule);
}

/** Every kernel that has a rule. */
export function shapeRuleNames(): Iterable<string> {
  return rules.keys();
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
