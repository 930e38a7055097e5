/** @file What tests of the examples do with the logs of a run. */
import type { LogEvent, Watcher } from "@nnx-js/train";

/** Is told every log of a run. */
export function onLogs(told: (event: LogEvent) => unknown): Watcher[] {
  return [{ event: (event) => void (event.type === "log" && told(event)) }];
}
