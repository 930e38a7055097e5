/** @file Runs small steps as early as they can, so that larger ones that need them need not wait. */
import type { Buffer } from "../expr/expr.ts";
import { readsOf, writesOf } from "../steps/accesses.ts";
import type { Step } from "../steps/step.ts";

/** Steps that write no more elements than this take next to no time and memory. */
const SMALL = 16;

/** The same steps, each small one directly after the last one that it needs. */
export function hoistSmallSteps(steps: readonly Step[]): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const written = writesOf(step);
    if (!isSmall(step)) {
      result.push(step);
      continue;
    }
    const needed = new Set<Buffer>([...readsOf(step), ...written]);
    let at = result.length;
    while (at > 0 && !writesOf(result[at - 1]!).some((buffer) => needed.has(buffer))) at--;
    result.splice(at, 0, step);
  }
  return result;
}

function isSmall(step: Step): boolean {
  if (step.kind === "reduce" && step.reduced > SMALL) return false;
  return writesOf(step).every(({ size }) => size <= SMALL);
}
