/** @file What a person may do about a fault. */
import type { Fault } from "../../protocol/events.ts";
import type { BackendName } from "../../protocol/settings.ts";

/** One button. */
export type Offer =
  | { readonly kind: "resume"; readonly step: number }
  | { readonly kind: "reset" }
  | { readonly kind: "backend"; readonly backend: BackendName }
  | { readonly kind: "slower"; readonly learningRate: number };

/** What the page knows when the fault comes. */
export interface Situation {
  /** The step of the last snapshot. */
  readonly snapshotStep: number | undefined;
  /** A backend that works and is not the one that failed. */
  readonly otherBackend: BackendName | undefined;
  readonly learningRate: number;
  /** There is no model that could be trained. */
  readonly isFailed: boolean;
}

const OF_THE_BACKEND: ReadonlySet<Fault["cause"]> = new Set(["backend", "device-lost", "memory"]);

/** The buttons, the most helpful first. */
export function offersFor(fault: Fault, situation: Situation): Offer[] {
  const { snapshotStep, otherBackend, learningRate, isFailed } = situation;
  const offers: Offer[] = [];
  if (fault.cause === "not-finite") {
    offers.push({ kind: "slower", learningRate: Number((learningRate / 10).toPrecision(2)) });
  }
  const isOver = isFailed || fault.cause === "worker" || OF_THE_BACKEND.has(fault.cause);
  if (isOver && fault.isResumable && snapshotStep !== undefined) {
    offers.push({ kind: "resume", step: snapshotStep });
  }
  if (OF_THE_BACKEND.has(fault.cause) && otherBackend)
    offers.push({ kind: "backend", backend: otherBackend });
  if (isOver) offers.push({ kind: "reset" });
  return offers;
}
