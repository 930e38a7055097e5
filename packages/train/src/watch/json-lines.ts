/** @file A log of events, one JSON object a line. */
import * as tf from "@tensorflow/tfjs-core";
import type { TrainEvent, Watcher } from "../loop/events.ts";
import { checkLogTarget, type LogTarget } from "./log-target.ts";
import { LineLog } from "./line-log.ts";

/**
 * Writes every event as a line of JSON. A run from the first step on begins the file anew; one that goes on keeps the
 * lines up to its step.
 *
 * ```ts
 * const run = train({ step, data, watch: jsonLines("out/log.jsonl") });
 * ```
 *
 * NaN and infinities are texts, since JSON has no numbers for them; tensors are their shapes and dtypes.
 *
 * @throws InvalidArgumentError for what is no target; while it runs, LogError
 * @see https://jsonlines.org
 */
export function jsonLines(target: LogTarget): Watcher {
  checkLogTarget(target, "jsonLines");
  const log = new LineLog(target, stepOfLine);
  return {
    event: (event) => log.add(event, `${JSON.stringify(event, replacer)}\n`),
    close: () => log.close(),
  };
}

function stepOfLine(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as Partial<TrainEvent>;
    return typeof step === "number" ? step : undefined;
  } catch {
    // A line that was cut off by a kill.
    return undefined;
  }
}

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof tf.Tensor) return { shape: value.shape, dtype: value.dtype };
  return value;
}
