/** @file Runs small steps as early as they can, so that larger ones that need them need not wait. */
import type { Buffer } from "../expr/expr.ts";
import { readsOf, writesOf } from "../steps/accesses.ts";
import type { Step } from "../steps/step.ts";

/** Steps that write no more elements than this take next to no time and memory. */
const SMALL = 64;

/**
 * The same steps, each small one after the last larger one that it needs, directly or by others.
 *
 * @param most elements that a small one writes, or reduces to each of these
 */
export function hoistSmallSteps(steps: readonly Step[], most = SMALL): Step[] {
  /** What comes before all larger steps, and after each of them. */
  const after: Step[][] = [[]];
  /** The place of the last step that writes to each buffer. */
  const writers = new Map<Buffer, number>();
  for (const step of steps) {
    const written = writesOf(step);
    let at = 0;
    if (!isSmall(step, most)) at = after.push([step]) - 1;
    else {
      for (const buffer of readsOf(step)) at = Math.max(at, writers.get(buffer) ?? 0);
      for (const buffer of written) at = Math.max(at, writers.get(buffer) ?? 0);
      after[at]!.push(step);
    }
    for (const buffer of written) writers.set(buffer, at);
  }
  return after.flat();
}

function isSmall(step: Step, most: number): boolean {
  if (step.kind === "reduce" && step.reduced > most) return false;
  return writesOf(step).every(({ size }) => size <= most);
}
