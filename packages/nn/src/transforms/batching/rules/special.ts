/** @file Batching rules of the kernels that only graphs have. */
import { BARRIER } from "../../../trace/barrier.ts";
import { launchKernel, STOP_GRADIENT } from "../../../trace/special-kernels.ts";
import type { Batched, BatchCall, BatchRules } from "../rule.ts";

/** What gives its inputs as they are. */
function asItIs({ kernelName, inputs, attrs }: BatchCall): Batched[] {
  const tensors = Object.entries(inputs).map(([name, { tensor }]) => [name, tensor] as const);
  const outputs = launchKernel(kernelName, Object.fromEntries(tensors), attrs);
  return Object.values(inputs).map(({ isBatched }, i) => ({ tensor: outputs[i]!, isBatched }));
}

/** Rules of barriers, and of what is a constant for derivatives. */
export const specialRules: BatchRules = { [BARRIER]: asItIs, [STOP_GRADIENT]: asItIs };
