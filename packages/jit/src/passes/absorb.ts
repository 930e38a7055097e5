/** @file Goes over steps, of which some become part of ones before them. */
import type { Buffer } from "../expr/expr.ts";
import { writesOf } from "../steps/accesses.ts";
import type { Step } from "../steps/step.ts";

/**
 * The same steps, but for those that have a host and become part of it.
 *
 * @param hostOf the place in `before` of the step that `step` can become part of, if any; `writers` has the place of
 *   the last step that writes to each buffer
 * @param join what a host becomes with a step in it
 */
export function absorbSteps(
  steps: readonly Step[],
  hostOf: (step: Step, before: readonly Step[], writers: ReadonlyMap<Buffer, number>) => number | undefined,
  join: (host: Step, step: Step) => Step,
): Step[] {
  const result: Step[] = [];
  const writers = new Map<Buffer, number>();
  for (const step of steps) {
    const host = hostOf(step, result, writers);
    const at = host ?? result.length;
    result[at] = host === undefined ? step : join(result[host]!, step);
    for (const buffer of writesOf(step)) writers.set(buffer, at);
  }
  return result;
}
