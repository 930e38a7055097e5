/** @file What a person can do. */
import { batch } from "@preact/signals";
import type { Question } from "../../protocol/commands.ts";
import type { Answers, Mode } from "../../protocol/events.ts";
import {
  BACKENDS,
  type BackendName,
  type Execution,
  type ModeValue,
  type Settings,
  type TaskName,
  type ViewName,
} from "../../protocol/settings.ts";
import { Connection } from "../connection/connection.ts";
import { makeWorker } from "../connection/make-worker.ts";
import { readAddress, writeAddress } from "./address.ts";
import { dismissAll } from "./faults.ts";
import { receive, showStep } from "./receive.ts";
import * as run from "./run.ts";
import { taskOf } from "./tasks.ts";

/** A run to go on with as soon as the worker knows its backends. */
let startFrom: { readonly from: Uint8Array | undefined } | undefined = { from: undefined };
let playsWhenReady = false;
/** What the last start asked for: of several that follow each other, only the last counts. */
let asked: Settings | undefined;
/** Chosen while a model was being made. */
let rateWhenReady: number | undefined;
let isBackendChosen = readAddress(globalThis.location?.hash ?? "").backend !== undefined;

const connection = new Connection(makeWorker, {
  onEvent(event) {
    if (event.type === "ready" && !isAsked(event.settings)) return;
    receive(event);
    if (event.type === "backends") startWhenKnown();
    if (event.type === "fault") playsWhenReady = false;
    if (event.type === "ready") becomeReady();
  },
  onReturn: returned,
});

function isAsked(settings: Settings): boolean {
  return (["task", "backend", "execution", "seed"] as const).every(
    (name) => settings[name] === asked?.[name],
  );
}

function becomeReady(): void {
  if (rateWhenReady !== undefined) chooseLearningRate(rateWhenReady);
  rateWhenReady = undefined;
  showAddress();
  if (playsWhenReady) play();
  playsWhenReady = false;
}

function showAddress(): void {
  globalThis.history?.replaceState(null, "", writeAddress(run.settings.value));
}

/** Starts the worker; the run begins when it knows its backends. */
export function open(): void {
  run.phase.value = "opening";
  connection.open();
}

function startWhenKnown(): void {
  if (!startFrom) return;
  const { from } = startFrom;
  // One that was chosen and does not work still starts, and the fault tells what to do.
  if (!isBackendChosen) run.settings.value = { ...run.settings.value, backend: run.backends.value!.best };
  isBackendChosen = true;
  start(from);
}

function start(from?: Uint8Array): void {
  if (!run.backends.value) {
    startFrom = { from };
    return;
  }
  startFrom = undefined;
  rateWhenReady = undefined;
  asked = run.settings.value;
  batch(() => {
    run.phase.value = "starting";
    run.stepsPerSecond.value = null;
    if (!from) {
      showStep(0);
      run.picture.value = null;
      run.snapshot.value = null;
    }
  });
  connection.send({ type: "start", settings: asked, from });
}

/** The worker speaks again; what it does now is asked by a pause, whose answer tells the step. */
function returned(): void {
  dismissAll("worker");
  if (run.phase.value !== "failed" || !run.trees.value) return;
  run.phase.value = "pausing";
  connection.send({ type: "pause" });
}

/** Trains on and on. */
export function play(): void {
  if (run.phase.value !== "paused") return;
  dismissAll("not-finite", "other", "file", "storage");
  run.phase.value = "playing";
  connection.send({ type: "play" });
}

/** Ends `play` after the step under way. */
export function pause(): void {
  if (run.phase.value !== "playing") return;
  run.phase.value = "pausing";
  connection.send({ type: "pause" });
}

/** Takes one step. */
export function stepOnce(): void {
  if (run.phase.value === "paused") connection.send({ type: "step" });
}

/** Begins anew with the same settings; in a new worker where the old one failed. */
export function reset(): void {
  dismissAll();
  playsWhenReady = false;
  if (run.phase.value === "failed") restart(undefined);
  else start();
}

/** Goes on from the last snapshot, in a new worker. */
export function resume(): void {
  dismissAll();
  restart(run.snapshot.value?.bytes);
}

function restart(from: Uint8Array | undefined): void {
  startFrom = { from };
  run.backends.value = null;
  open();
}

/** Another task begins at step 0, with the learning rate that suits it. */
export function chooseTask(task: TaskName): void {
  playsWhenReady = false;
  run.trees.value = null;
  run.settings.value = { ...run.settings.value, task, learningRate: taskOf(task).learningRate };
  reset();
}

/** Another seed begins at step 0. */
export function chooseSeed(seed: number): void {
  run.settings.value = { ...run.settings.value, seed };
  reset();
}

/** The next step has it. */
export function chooseLearningRate(learningRate: number): void {
  run.settings.value = { ...run.settings.value, learningRate };
  if (run.phase.value === "starting") rateWhenReady = learningRate;
  if (!run.isReady.value) return;
  connection.send({ type: "learningRate", value: learningRate });
  showAddress();
}

/** The run goes on, on another backend. */
export function chooseBackend(backend: BackendName): Promise<void> {
  return moveTo({ backend }, backend);
}

/** The run goes on, its steps run in another way. */
export function chooseExecution(execution: Execution): Promise<void> {
  return moveTo({ execution }, execution);
}

async function moveTo(change: { backend?: BackendName; execution?: Execution }, text: string): Promise<void> {
  const wasPlaying = run.phase.value === "playing";
  const wasFailed = run.phase.value === "failed";
  const askedBefore = asked;
  let from = run.step.value > 0 ? run.snapshot.value?.bytes : undefined;
  if (run.isReady.value && run.step.value > 0) {
    try {
      from = (await ask({ kind: "save" })).bytes;
    } catch {
      // The last snapshot does, too.
    }
  }
  // Another run was begun meanwhile.
  if (asked !== askedBefore) from = undefined;
  dismissAll();
  run.settings.value = { ...run.settings.value, ...change };
  playsWhenReady = wasPlaying;
  if (from) mark({ step: run.step.value, view: null, text });
  if (wasFailed) restart(from);
  else start(from);
}

/** A backend that works and is not the one of now, the best first. */
export function otherBackend(): BackendName | undefined {
  const known = run.backends.value;
  if (!known) return undefined;
  const now = run.settings.value.backend;
  return [known.best, ...BACKENDS].find((name) => name !== now && known.reasons[name] === null);
}

/** Changes a mode of one layer in one view; the weights stay. */
export function chooseMode(view: ViewName, path: string, mode: Mode, value: ModeValue): void {
  if (!run.isReady.value) return;
  connection.send({ type: "mode", view, path, mode: mode.name, value });
  const layer = path === "" ? "the model" : path;
  mark({ step: run.step.value, view, text: `${layer}: ${mode.name} = ${String(value)}` });
}

/** Shows a change in the curve. */
function mark(marker: run.Marker): void {
  run.markers.value = [...run.markers.value, marker].slice(-40);
}

/** Asks the worker; rejects with a fault as an error. */
export function ask<Q extends Question>(question: Q): Promise<Answers[Q["kind"]]> {
  return connection.ask(question);
}

/** Goes on with a saved run; rejects with a fault as an error if it is refused, and nothing has changed then. */
export async function goOnWith(
  saved: Extract<Question, { readonly kind: "load" | "restore" }>,
): Promise<{ readonly step: number }> {
  const { step } = await ask(saved);
  batch(() => {
    run.losses.clear();
    run.markers.value = [];
    showStep(step);
  });
  return { step };
}
