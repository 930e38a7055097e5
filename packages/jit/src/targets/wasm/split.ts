/** @file Gives long reductions places for the results of their blocks. */
import type { Buffer } from "../../expr/expr.ts";
import type { ReduceStep, Step } from "../../steps/step.ts";
import { isLong, isWide, splitOf } from "./emit/reduce-loops.ts";

/** The same steps; those reductions that are folded in blocks have a buffer for what these give. */
export function splitReductions(steps: readonly Step[]): Step[] {
  // Numbers tell buffers apart for those who read them only.
  let id = -1;
  const temporary = (size: number): Buffer => ({ id: id--, size, role: { kind: "temporary" } });
  return steps.map((step) => {
    const split = step.kind === "reduce" ? splitOf(step) : undefined;
    if (step.kind !== "reduce" || !split) return step;
    const reductions = step.reductions.map((reduction) => {
      const words = isWide(reduction) ? 2 : 1;
      return { ...reduction, partials: temporary(words * step.kept * split.blocks) };
    });
    return { ...step, reductions };
  });
}

/** Whether a step makes one element of so many that it is worth being folded in blocks. */
export function isLongFold({ kept, reduced }: ReduceStep): boolean {
  return kept === 1 && isLong(reduced);
}
