/** @file The table of derivatives in a direction, by kernel name. */
import { callRules } from "./rules/calls.ts";
import { elementwiseRules } from "./rules/elementwise.ts";
import { linearRules } from "./rules/linear.ts";
import { multilinearRules } from "./rules/multilinear.ts";
import type { JvpRule } from "./rules/rule.ts";

const rules = new Map<string, JvpRule>(
  Object.entries({ ...callRules, ...elementwiseRules, ...linearRules, ...multilinearRules }),
);

/**
 * The rule of a kernel; undefined for one that is differentiated through its gradient, which is linear in what it is
 * given, so that its own gradient applied to the tangents is the derivative.
 */
export function jvpRuleOf(kernelName: string): JvpRule | undefined {
  return rules.get(kernelName);
}

/**
 * Gives a kernel a derivative in a direction of its own. It gets the inputs by name, what each changes by (undefined for
 * what does not change), the attributes and the outputs, and answers what each output changes by.
 *
 * ```ts
 * registerJvpRule("MyScale", ({ tangents, attrs }) => [tf.mul(tangents.x!, attrs.scale as number)]);
 * ```
 */
export function registerJvpRule(kernelName: string, rule: JvpRule): void {
  rules.set(kernelName, rule);
}
