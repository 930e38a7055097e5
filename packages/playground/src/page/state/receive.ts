/** @file What each event of the worker changes. */
import { batch } from "@preact/signals";
import type { Fault, LossPoint, ReadyEvent, WorkerEvent } from "../../protocol/events.ts";
import { dismissAll, report } from "./faults.ts";
import * as run from "./run.ts";

/** After these there is no model in the worker, or none that can be trusted. */
const ENDS_THE_MODEL: ReadonlySet<Fault["cause"]> = new Set(["backend", "device-lost", "memory", "worker"]);

/** Takes an event over into the signals. */
export function receive(event: WorkerEvent): void {
  batch(() => {
    switch (event.type) {
      case "backends":
        run.backends.value = event;
        break;
      case "ready":
        receiveReady(event);
        break;
      case "trees":
        run.trees.value = event.trees;
        break;
      case "progress":
        run.losses.add(event.points);
        run.lossVersion.value++;
        showLast(event.points);
        run.step.value = event.points.at(-1)?.step ?? run.step.value;
        run.stepsPerSecond.value = event.stepsPerSecond;
        break;
      case "paused":
        run.step.value = event.step;
        if (run.phase.value === "playing" || run.phase.value === "pausing") run.phase.value = "paused";
        break;
      case "picture":
        run.picture.value = event.picture;
        break;
      case "snapshot":
        run.snapshot.value = event;
        break;
      case "fault":
        receiveFault(event.fault);
        break;
      case "answer":
      case "alive":
        break;
    }
  });
}

function showLast(points: readonly LossPoint[]): void {
  const { train, eval: held } = run.lastLosses.value;
  const measured = points.filter((point) => point.eval !== null);
  run.lastLosses.value = {
    train: points.at(-1)?.train ?? train,
    eval: measured.at(-1)?.eval ?? held,
  };
}

function receiveReady({ settings, trees, step }: ReadyEvent): void {
  run.settings.value = settings;
  run.trees.value = trees;
  run.phase.value = "paused";
  run.stepsPerSecond.value = null;
  showStep(step);
  dismissAll("backend", "device-lost", "memory", "worker", "not-finite");
}

/** The run stands at `step` now: what the curve shows of later steps did not happen. */
export function showStep(step: number): void {
  run.step.value = step;
  if (step === 0) run.losses.clear();
  else run.losses.cut(step);
  if (run.losses.length === 0) run.lastLosses.value = { train: null, eval: null };
  run.markers.value = run.markers.value.filter((marker) => step > 0 && marker.step <= step);
  run.lossVersion.value++;
}

function receiveFault(fault: Fault): void {
  report(fault);
  run.stepsPerSecond.value = null;
  const endsTheModel = ENDS_THE_MODEL.has(fault.cause) || run.phase.value === "starting";
  if (endsTheModel) run.phase.value = "failed";
  else if (run.phase.value === "playing" || run.phase.value === "pausing") run.phase.value = "paused";
}
