/** @file Faults: cause, what to do, and buttons that do it. */
import type { Fault } from "../../protocol/events.ts";
import { formatCount, formatLearningRate } from "../format.ts";
import { chooseBackend, chooseLearningRate, otherBackend, reset, resume } from "../state/actions.ts";
import { dismiss, faults } from "../state/faults.ts";
import { phase, settings, snapshot } from "../state/run.ts";
import { type Offer, offersFor } from "./offers.ts";

const TITLES: Readonly<Record<Fault["cause"], string>> = {
  backend: "The backend does not start",
  "device-lost": "The GPU was lost",
  memory: "There is not enough memory",
  storage: "The browser keeps no files",
  file: "The file does not fit",
  "not-finite": "The loss is not a number any more",
  worker: "The worker does not answer",
  other: "Something failed",
};

/** An alert region: always there, so that screen readers hear what comes into it. */
export function Faults() {
  return (
    <div class="faults" role="alert">
      {faults.value.map((fault) => (
        <FaultCard key={fault.message} fault={fault} />
      ))}
    </div>
  );
}

function FaultCard({ fault }: { fault: Fault }) {
  const offers = offersFor(fault, {
    snapshotStep: snapshot.value?.step,
    otherBackend: otherBackend(),
    learningRate: settings.value.learningRate,
    isFailed: phase.value === "failed",
  });
  return (
    <div class="fault">
      <h2>{TITLES[fault.cause]}</h2>
      <p>{fault.message}</p>
      <p>{fault.repair}</p>
      <div class="buttons">
        {offers.map((offer) => (
          <button key={offer.kind} type="button" class="button" onClick={() => take(offer)}>
            {textOf(offer)}
          </button>
        ))}
        <button type="button" class="button quiet" onClick={() => dismiss(fault)}>
          Dismiss
        </button>
      </div>
    </div>
  );
}

function textOf(offer: Offer): string {
  if (offer.kind === "resume") return `Go on from step ${formatCount(offer.step)}`;
  if (offer.kind === "backend") return `Use ${offer.backend}`;
  if (offer.kind === "reset") return "Start afresh";
  return `Start afresh with learning rate ${formatLearningRate(offer.learningRate)}`;
}

function take(offer: Offer): void {
  if (offer.kind === "resume") resume();
  else if (offer.kind === "backend") void chooseBackend(offer.backend);
  else {
    if (offer.kind === "slower") chooseLearningRate(offer.learningRate);
    reset();
  }
}
