/** @file Runs in the page before its own scripts: notes what its workers tell, and how the page moves. */
import type { WorkerEvent } from "../../../src/protocol/events.ts";

/** What was noted. */
export interface Record {
  readonly events: WorkerEvent[];
  readonly workers: Worker[];
  /** Scores of unexpected layout shifts. */
  readonly shifts: number[];
}

/** `globalThis.record` is there from then on. Serialised, so that it must not use anything around it. */
export function record(): void {
  const noted: Record = { events: [], workers: [], shifts: [] };
  Object.assign(globalThis, { record: noted });
  if (typeof Worker === "undefined") return;
  globalThis.Worker = class extends Worker {
    constructor(address: string | URL, options?: WorkerOptions) {
      super(address, options);
      noted.workers.push(this);
      this.addEventListener("message", ({ data }) => {
        const event = data as WorkerEvent;
        if (event.type !== "alive") noted.events.push(event);
      });
    }
  };
  if (!PerformanceObserver.supportedEntryTypes.includes("layout-shift")) return;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value, hadRecentInput } = entry as PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      };
      if (!hadRecentInput) noted.shifts.push(value);
    }
  });
  observer.observe({ type: "layout-shift", buffered: true });
}
