/** @file What the page knows of the run; components read these signals. */
import { computed, signal } from "@preact/signals";
import type { BackendsEvent, Picture, SnapshotEvent, ViewTrees } from "../../protocol/events.ts";
import type { Settings, ViewName } from "../../protocol/settings.ts";
import { LossHistory } from "../curve/history.ts";
import { readAddress } from "./address.ts";

/** Where the run stands. */
export type Phase =
  | "opening" // the worker looks which backends work
  | "starting" // it makes the model
  | "paused"
  | "playing"
  | "pausing" // until the step under way ends
  | "failed"; // there is no model that could be trained

/** A change that the curve shows. */
export interface Marker {
  readonly step: number;
  /** The view that it changed, or null for both. */
  readonly view: ViewName | null;
  readonly text: string;
}

const address = readAddress(globalThis.location?.hash ?? "");

export const backends = signal<BackendsEvent | null>(null);
export const phase = signal<Phase>("opening");
/** The backend is only a guess until `backends` is there. */
export const settings = signal<Settings>({ ...address, backend: address.backend ?? "wasm" });
export const step = signal(0);
export const stepsPerSecond = signal<number | null>(null);
export const trees = signal<ViewTrees | null>(null);
export const picture = signal<Picture | null>(null);
export const snapshot = signal<SnapshotEvent | null>(null);
export const markers = signal<readonly Marker[]>([]);

/** Losses; `lossVersion` tells when they changed. */
export const losses = new LossHistory();
export const lossVersion = signal(0);

/** The last loss of both views. */
export const lastLosses = signal<{ readonly train: number | null; readonly eval: number | null }>({
  train: null,
  eval: null,
});

/** Whether there is a model that takes commands. */
export const isReady = computed(() => ["paused", "playing", "pausing"].includes(phase.value));
