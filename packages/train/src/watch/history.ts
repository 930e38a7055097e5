/** @file The figures of a run as curves. */
import type { TrainEvent, Watcher } from "../loop/events.ts";

/** A figure over the steps of a run. */
export interface Curve {
  /** The name of the figure; those of evaluations begin with `evaluate `. */
  readonly name: string;
  readonly steps: readonly number[];
  /** One for each of `steps`. */
  readonly values: readonly number[];
}

/** A figure over the steps of a run, and over its passes. */
export interface HistoryCurve extends Curve {
  /**
   * When each value was measured, in passes over the data, with fractions: `steps` by the steps of a pass. Where the data do
   * not tell how many those are, the pass that the step belongs to, from 0.
   */
  readonly epochs: readonly number[];
}

/** Remembers figures. The names of those of logs and of evaluations are any unless given. */
export interface History<
  LogName extends string = string,
  EvaluateName extends string = string,
> extends Watcher {
  /** The curves so far, in the order in which they began. */
  readonly curves: readonly HistoryCurve[];
  /** The curve of a figure of logs; without values until there are any. */
  logs(name: LogName): HistoryCurve;
  /** The curve of a figure of evaluations; without values until there are any. */
  evaluations(name: EvaluateName): HistoryCurve;
}

/** A curve that grows. */
interface Growing {
  readonly name: string;
  readonly steps: number[];
  readonly epochs: number[];
  readonly values: number[];
}

/**
 * Remembers the figures of logs and of evaluations.
 *
 * ```ts
 * const seen = history<"loss", "accuracy">();
 * await train({ step, data, evaluate, watch: seen }).run();
 * const svg = renderCurve(seen.curves, { title: "Loss" });
 * const { epochs, values } = seen.evaluations("accuracy");
 * ```
 *
 * A run from the first step on begins the curves anew; one that goes on, after a checkpoint, say, keeps what belongs to the
 * steps before it, as `csv` does.
 */
export function history<LogName extends string = string, EvaluateName extends string = string>(): History<
  LogName,
  EvaluateName
> {
  const curves = new Map<string, Growing>();
  let stepsPerEpoch: number | undefined;
  const curveOf = (name: string): Growing => curves.get(name) ?? { name, steps: [], epochs: [], values: [] };
  const add = (name: string, { step, epoch }: TrainEvent, value: unknown) => {
    if (typeof value !== "number") return;
    const curve = curveOf(name);
    curves.set(name, curve);
    // The end of a run may be measured once more when it goes on.
    if (curve.steps.at(-1) === step) cut(curve, step - 1);
    curve.steps.push(step);
    curve.epochs.push(stepsPerEpoch === undefined ? epoch : step / stepsPerEpoch);
    curve.values.push(value);
  };
  return {
    get curves() {
      return [...curves.values()];
    },
    logs: (name) => curveOf(name),
    evaluations: (name) => curveOf(EVALUATE + name),
    event(event: TrainEvent) {
      if (event.type === "begin") {
        ({ stepsPerEpoch } = event);
        if (event.step === 0) curves.clear();
        for (const [name, curve] of curves) if (cut(curve, event.step) === 0) curves.delete(name);
      }
      if (event.type !== "log" && event.type !== "evaluate") return;
      const prefix = event.type === "evaluate" ? EVALUATE : "";
      for (const [name, value] of Object.entries(event.metrics)) add(prefix + name, event, value);
    },
  };
}

/** What the names of evaluations begin with. */
const EVALUATE = "evaluate ";

/** Leaves the values up to a step; answers how many those are. */
function cut({ steps, epochs, values }: Growing, last: number): number {
  let count = steps.length;
  while (count > 0 && steps[count - 1]! > last) count--;
  for (const numbers of [steps, epochs, values]) numbers.length = count;
  return count;
}
