/** @file Questions that the worker has not answered yet. */
import type { Question } from "../../protocol/commands.ts";
import type { AnswerEvent, Answers, Fault } from "../../protocol/events.ts";
import { FaultError } from "./fault-error.ts";
import { ANSWER_MS } from "./limits.ts";
import type { PatientClock } from "./patient-clock.ts";
import { lateFault } from "./worker-faults.ts";

interface Pending {
  resolve(value: Answers[Question["kind"]]): void;
  reject(error: FaultError): void;
  callOff(): void;
}

/** Gives each question a number and a limit, and answers to those who asked. */
export class Requests {
  readonly #clock: PatientClock;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(clock: PatientClock) {
    this.#clock = clock;
  }

  /** How many have no answer yet. */
  get size(): number {
    return this.#pending.size;
  }

  /** Registers a question; the answer rejects with a `FaultError`. */
  add<Kind extends Question["kind"]>(kind: Kind): { id: number; answer: Promise<Answers[Kind]> } {
    const id = ++this.#lastId;
    const answer = new Promise<Answers[Kind]>((resolve, reject) => {
      const limit = ANSWER_MS[kind];
      const callOff = this.#clock.after(limit, () => {
        this.#pending.delete(id);
        reject(new FaultError(lateFault(`answer (${kind})`, limit)));
      });
      this.#pending.set(id, { resolve: (value) => resolve(value as Answers[Kind]), reject, callOff });
    });
    return { id, answer };
  }

  /** Hands an answer on; one that comes after its limit is dropped. */
  settle({ id, result }: AnswerEvent): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    pending.callOff();
    if (result.ok) pending.resolve(result.value);
    else pending.reject(new FaultError(result.fault));
  }

  /** No answer comes any more. */
  rejectAll(fault: Fault): void {
    for (const pending of this.#pending.values()) {
      pending.callOff();
      pending.reject(new FaultError(fault));
    }
    this.#pending.clear();
  }
}
