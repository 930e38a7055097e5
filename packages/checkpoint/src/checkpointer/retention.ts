/** @file Which steps are kept, and which is the best. */
import type { StoredStep } from "./step-store.ts";

/** What makes a step better than another. */
export interface BestMetric<Metric extends string = string> {
  /** The name of a metric that is given to `save`. */
  readonly metric: Metric;
  /** Whether less is better, as of a loss, or more, as of an accuracy. */
  readonly mode: "min" | "max";
}

/** The steps that have the metric, the best first; of equal ones the older. NaN is no value. */
export function fromBest(steps: readonly StoredStep[], { metric, mode }: BestMetric): StoredStep[] {
  const sign = mode === "min" ? 1 : -1;
  const valueOf = ({ metrics }: StoredStep) => (Object.hasOwn(metrics, metric) ? metrics[metric]! : NaN);
  return steps
    .filter((step) => !Number.isNaN(valueOf(step)))
    .sort((a, b) => sign * compare(valueOf(a), valueOf(b)) || a.order - b.order);
}

/** One step of each number: the one that was saved last. */
export function current(steps: readonly StoredStep[]): StoredStep[] {
  const last = new Map(steps.map((step) => [step.step, step]));
  return steps.filter((step) => last.get(step.step) === step);
}

/**
 * The steps that may go: those before the last `keep`, but for the best, and those whose number was saved again.
 *
 * @param steps in the order in which they were saved
 */
export function expendable(
  steps: readonly StoredStep[],
  keep: number,
  best: BestMetric | undefined,
): StoredStep[] {
  const standing = current(steps);
  const kept = new Set(standing.slice(-keep));
  const [first] = best ? fromBest(standing, best) : [];
  if (first) kept.add(first);
  return steps.filter((step) => !kept.has(step));
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
