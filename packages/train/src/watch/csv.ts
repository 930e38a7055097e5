/** @file A log of figures as comma-separated values. */
import type { TrainEvent, Watcher } from "../loop/events.ts";
import { checkLogTarget, type LogTarget } from "./log-target.ts";
import { LineLog } from "./line-log.ts";

/**
 * Writes figures as a table with the columns `step`, `epoch`, `event` (`log`, `evaluate` or `epoch`), `metric` and
 * `value`: one row a figure, so that figures that come at different steps, or later, fit in one file. A run from the
 * first step on begins the file anew; one that goes on keeps the rows up to its step.
 *
 * ```ts
 * const run = train({ step, data, watch: csv("out/log.csv") });
 * ```
 *
 * @throws InvalidArgumentError for what is no target; while it runs, LogError
 * @see RFC 4180; Wickham, Tidy data, 2014
 */
export function csv(target: LogTarget): Watcher {
  checkLogTarget(target, "csv");
  const log = new LineLog(target, stepOfRow, "step,epoch,event,metric,value\r\n");
  return {
    event: (event) => log.add(event, rowsOf(event)),
    close: () => log.close(),
  };
}

function rowsOf(event: TrainEvent): string {
  if (event.type !== "log" && event.type !== "evaluate" && event.type !== "epoch") return "";
  const { step, epoch, type, metrics } = event;
  return Object.entries(metrics)
    .filter((entry): entry is [string, number] => typeof entry[1] === "number")
    .map(([name, value]) => `${step},${epoch},${type},${quoted(name)},${value}\r\n`)
    .join("");
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function stepOfRow(row: string): number | undefined {
  // A name may go over several lines: only the first begins with a step.
  const [, step] = /^(\d+),\d+,(?:log|evaluate|epoch),/.exec(row) ?? [];
  return step === undefined ? undefined : Number(step);
}
