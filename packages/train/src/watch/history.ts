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

/** Remembers figures. */
export interface History extends Watcher {
  /** The curves so far, in the order in which they began. */
  readonly curves: readonly Curve[];
}

/**
 * Remembers the figures of logs and of evaluations.
 *
 * ```ts
 * const seen = history();
 * await train({ step, data, watch: seen }).run();
 * const svg = renderCurve(seen.curves, { title: "Loss" });
 * ```
 */
export function history(): History {
  const curves = new Map<string, { name: string; steps: number[]; values: number[] }>();
  const add = (name: string, step: number, value: unknown) => {
    if (typeof value !== "number") return;
    let curve = curves.get(name);
    if (!curve) curves.set(name, (curve = { name, steps: [], values: [] }));
    curve.steps.push(step);
    curve.values.push(value);
  };
  return {
    get curves() {
      return [...curves.values()];
    },
    event(event: TrainEvent) {
      if (event.type !== "log" && event.type !== "evaluate") return;
      const prefix = event.type === "evaluate" ? "evaluate " : "";
      for (const [name, value] of Object.entries(event.metrics)) add(prefix + name, event.step, value);
    },
  };
}
