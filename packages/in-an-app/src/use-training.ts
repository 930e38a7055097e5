/** @file A hook of React: a training run in a worker that ends with the component. */
import type { EndEvent } from "@nnx-js/train";
import { useEffect, useRef, useState } from "react";
import type { Settings } from "./settings.ts";

/** How far a run is. */
export interface TrainingState {
  readonly status: "idle" | "starting" | "running" | "ending" | "failed" | EndEvent["reason"];
  readonly step: number;
  /** The step that the run went on from; 0 from the begin. */
  readonly from: number;
  readonly loss: number | undefined;
  /** What went wrong, and what to do. */
  readonly error: string | undefined;
}

const IDLE: TrainingState = { status: "idle", step: 0, from: 0, loss: undefined, error: undefined };

export function useTraining() {
  const [state, setState] = useState(IDLE);
  const run = useRef<AbortController>(undefined);
  const change = (part: Partial<TrainingState>) => setState((state) => ({ ...state, ...part }));

  async function start(settings: Settings): Promise<void> {
    if (run.current) return;
    const controller = (run.current = new AbortController());
    change({ status: "starting", error: undefined });
    try {
      // Loaded when it is needed: the page is there before, and a server never loads it.
      const { trainInWorker } = await import("@nnx-js/train");
      const { reason, step } = await trainInWorker(
        () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
        {
          input: settings,
          signal: controller.signal,
          limits: { silence: 10_000 },
          on: {
            begin: ({ step }) => change({ status: "running", step, from: step }),
            log: ({ step, metrics }) => change({ step, loss: metrics["loss"] }),
          },
        },
      );
      change({ status: reason, step });
    } catch (error) {
      change({ status: "failed", error: (error as Error).message });
    } finally {
      run.current = undefined;
    }
  }

  function abort(): void {
    run.current?.abort();
    change({ status: "ending" });
  }

  // The worker saves the last step, and ends.
  useEffect(() => () => run.current?.abort(), []);

  return { ...state, isBusy: ["starting", "running", "ending"].includes(state.status), start, abort };
}
