/** @file The table of all batching rules, by kernel name. */
import type { BatchRule, BatchRules } from "./rule.ts";
import { collectiveRules } from "./rules/collectives.ts";
import { controlRules } from "./rules/control.ts";
import { convolutionRules, fusedConvolutionRules } from "./rules/convolution.ts";
import { elementwiseRules } from "./rules/elementwise.ts";
import { imageRules } from "./rules/image.ts";
import { indexingRules } from "./rules/indexing.ts";
import { int8Rules } from "./rules/int8.ts";
import { layoutRules } from "./rules/layout.ts";
import { fusedMatmulRules, matmulRules } from "./rules/matmul.ts";
import { randomRules } from "./rules/random.ts";
import { reductionRules } from "./rules/reduction.ts";
import { specialRules } from "./rules/special.ts";

/** Options of {@link registerBatchRule}. */
export interface BatchRuleOptions {
  /** Whether the rule is asked also where no input is batched: for kernels that ask about the lanes themselves. */
  readonly always?: boolean | undefined;
}

/** A rule, and when it is asked. */
interface RegisteredRule {
  readonly rule: BatchRule;
  readonly always: boolean;
}

const rules = new Map<string, RegisteredRule>([
  ...registered({
    ...convolutionRules,
    ...elementwiseRules,
    ...imageRules,
    ...indexingRules,
    ...int8Rules,
    ...layoutRules,
    ...matmulRules,
    ...randomRules,
    ...reductionRules,
    ...specialRules,
  }),
  ...registered({ ...collectiveRules, ...controlRules, ...fusedConvolutionRules, ...fusedMatmulRules }, true),
]);

function registered(table: BatchRules, always = false): [string, RegisteredRule][] {
  return Object.entries(table).map(([name, rule]) => [name, { rule, always }]);
}

/**
 * Tells `vmap` how a kernel of your own runs for all lanes at once; one that has a rule gets the new one. A kernel
 * without a rule is run lane by lane.
 *
 * ```ts
 * registerBatchRule("MyScale", ({ inputs, attrs }) =>
 *   tf.engine().runKernel("MyScale", { x: inputs.x.tensor }, attrs),
 * );
 * ```
 */
export function registerBatchRule(
  kernelName: string,
  rule: BatchRule,
  { always = false }: BatchRuleOptions = {},
): void {
  rules.set(kernelName, { rule, always });
}

/** The rule of a kernel, if it has one. */
export function batchRuleOf(kernelName: string): RegisteredRule | undefined {
  return rules.get(kernelName);
}
