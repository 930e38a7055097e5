/** @file The worker as the page sees it: every wait has a limit, and silence is noticed. */
import type { Command, Question } from "../../protocol/commands.ts";
import type { Answers, WorkerEvent } from "../../protocol/events.ts";
import { FaultError } from "./fault-error.ts";
import { BUSY_SILENCE_MS, PAUSE_MS, SILENCE_MS, START_MS } from "./limits.ts";
import { PatientClock } from "./patient-clock.ts";
import { Requests } from "./requests.ts";
import { CLOSED_FAULT, brokenFault, lateFault, silentFault } from "./worker-faults.ts";

/** What the connection needs of a `Worker`. */
export interface WorkerLike {
  addEventListener(type: "message", listener: (message: MessageEvent<WorkerEvent>) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  postMessage(command: Command): void;
  terminate(): void;
}

/** Who hears of the worker. */
export interface Listener {
  /** Everything but answers and signs of life; faults of the worker itself too. */
  onEvent(event: WorkerEvent): void;
  /** A worker that counted as gone speaks again. */
  onReturn(): void;
}

/** What is awaited that no question stands for. */
type Expected = "backends" | "ready" | "paused" | "first progress";

/** One worker at a time. */
export class Connection {
  readonly #make: () => WorkerLike;
  readonly #listener: Listener;
  readonly #clock = new PatientClock();
  readonly #requests = new Requests(this.#clock);
  readonly #expected = new Map<Expected, () => void>();
  #worker: WorkerLike | undefined;
  #silence: (() => void) | undefined;
  #isSilent = false;

  constructor(make: () => WorkerLike, listener: Listener) {
    this.#make = make;
    this.#listener = listener;
  }

  /** Starts a worker in place of the one there may be. */
  open(): void {
    this.close();
    try {
      const worker = this.#make();
      worker.addEventListener("message", ({ data }) => {
        if (this.#worker === worker) this.#hear(data);
      });
      worker.addEventListener("error", (event) => {
        if (this.#worker === worker) this.#fail(brokenFault(event.message ?? ""));
      });
      this.#worker = worker;
      this.#expect("backends", START_MS, "tell which backends work");
      this.#watch();
    } catch (error) {
      this.#fail(brokenFault(error instanceof Error ? error.message : String(error)));
    }
  }

  /** Ends the worker; open questions reject. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isSilent = false;
    this.#silence?.();
    this.#forgetExpected();
    this.#requests.rejectAll(CLOSED_FAULT);
  }

  /** Sends a command. Nothing happens where there is no worker. */
  send(command: Command): void {
    if (command.type === "start") {
      this.#forgetExpected();
      this.#expect("ready", START_MS, "start");
    }
    if (command.type === "pause") this.#expect("paused", PAUSE_MS, "pause");
    if (command.type === "play" || command.type === "step") this.#expect("first progress");
    this.#worker?.postMessage(command);
    this.#watch();
  }

  /** Asks; rejects with a {@link FaultError}, also when no answer comes in time. */
  ask<Q extends Question>(question: Q): Promise<Answers[Q["kind"]]> {
    if (!this.#worker) return Promise.reject(new FaultError(CLOSED_FAULT));
    const { id, answer } = this.#requests.add<Q["kind"]>(question.kind);
    this.send({ type: "ask", id, question });
    return answer;
  }

  #hear(event: WorkerEvent): void {
    if (this.#isSilent) {
      this.#isSilent = false;
      this.#listener.onReturn();
    }
    if (event.type === "backends") this.#met("backends");
    if (event.type === "ready") this.#met("ready");
    if (event.type === "paused") this.#met("paused");
    if (event.type === "progress") this.#met("first progress");
    if (event.type === "fault") this.#forgetExpected();
    if (event.type === "answer") this.#requests.settle(event);
    else if (event.type !== "alive") this.#listener.onEvent(event);
    this.#watch();
  }

  /** Begins to count silence anew. */
  #watch(): void {
    this.#silence?.();
    if (!this.#worker || this.#isSilent) return;
    const isBusy = this.#expected.size > 0 || this.#requests.size > 0;
    const limit = isBusy ? BUSY_SILENCE_MS : SILENCE_MS;
    this.#silence = this.#clock.after(limit, () => {
      this.#isSilent = true;
      this.#fail(silentFault(limit));
    });
  }

  #fail(fault: ReturnType<typeof silentFault>): void {
    this.#forgetExpected();
    this.#requests.rejectAll(fault);
    this.#listener.onEvent({ type: "fault", fault });
  }

  #expect(what: Expected, limit?: number, verb = ""): void {
    this.#met(what);
    if (limit === undefined) {
      this.#expected.set(what, () => {});
      return;
    }
    const callOff = this.#clock.after(limit, () => {
      this.#expected.delete(what);
      this.#fail(lateFault(verb, limit));
    });
    this.#expected.set(what, callOff);
  }

  #met(what: Expected): void {
    this.#expected.get(what)?.();
    this.#expected.delete(what);
  }

  #forgetExpected(): void {
    for (const what of this.#expected.keys()) this.#met(what);
  }
}
