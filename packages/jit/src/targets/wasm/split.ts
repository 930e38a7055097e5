/** @file Gives long reductions places for the results of their blocks. */
import type { Buffer } from "../../expr/expr.ts";
import type { Reduction, ReduceStep, Step } from "../../steps/step.ts";
import { isLong, isWide, rowBlocksOf, splitOf } from "./emit/reduce-loops.ts";

/** The same steps; those reductions that are folded in blocks have a buffer for what these give. */
export function splitReductions(steps: readonly Step[]): Step[] {
  // Numbers tell buffers apart for those who read them only.
  let id = -1;
  const temporary = (size: number): Buffer => ({ id: id--, size, role: { kind: "temporary" } });
  const withPartials = (reductions: readonly Reduction[], results: number) =>
    reductions.map((reduction) => {
      const words = isWide(reduction) ? 2 : 1;
      return { ...reduction, partials: temporary(words * results) };
    });
  return steps.map((step) => {
    if (step.kind !== "reduce") return step;
    if (step.across)
      return { ...step, across: withPartials(step.across, step.reduced * rowBlocksOf(step).blocks) };
    const split = splitOf(step);
    return split ? { ...step, reductions: withPartials(step.reductions, step.kept * split.blocks) } : step;
  });
}

/** Whether a step makes one element of so many that it is worth being folded in blocks. */
export function isLongFold({ kept, reduced }: ReduceStep): boolean {
  return kept === 1 && isLong(reduced);
}
