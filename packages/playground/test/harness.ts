/** @file A session with a page that is none: it keeps what it is told. */
import { inject } from "vitest";
import type { Command, Question } from "../src/protocol/commands.ts";
import type { AnswerEvent, Answers, LossPoint, WorkerEvent } from "../src/protocol/events.ts";
import type { BackendName, Settings } from "../src/protocol/settings.ts";
import { Session, type SessionOptions } from "../src/worker/session.ts";
import type { Assets } from "../src/worker/tasks/task.ts";

/** An event of some type. */
type Of<T extends WorkerEvent["type"]> = Extract<WorkerEvent, { type: T }>;

/** The answer to a kind of question, or why there is none. */
type ResultOf<K extends Question["kind"]> =
  { readonly ok: true; readonly value: Answers[K] } | Extract<AnswerEvent["result"], { readonly ok: false }>;

/** How long anything may take. */
const LIMIT = 60_000;

/** A page that sends commands and keeps events. */
export class Page {
  readonly events: WorkerEvent[] = [];
  readonly session: Session;
  private readonly served: Promise<void>;
  private readonly waiting = new Set<() => void>();
  private asked = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new Session({
      assets: noAssets,
      candidates: [backend()],
      ...options,
      send: (event) => {
        this.events.push(event);
        for (const check of this.waiting) check();
      },
    });
    this.served = this.session.serve();
  }

  send(command: Command): void {
    this.session.receive(command);
  }

  /** The first event of a type from `after` on. */
  async next<T extends WorkerEvent["type"]>(type: T, after = 0): Promise<Of<T>> {
    const found = () => this.events.slice(after).find((event): event is Of<T> => event.type === type);
    await this.until(() => found() !== undefined, `an event "${type}"`);
    return found()!;
  }

  /** Sends a command and waits for the event that answers it. */
  async call<T extends WorkerEvent["type"]>(command: Command, type: T): Promise<Of<T>> {
    const after = this.events.length;
    this.send(command);
    return await this.next(type, after);
  }

  async ask<K extends Question["kind"]>(question: Extract<Question, { kind: K }>): Promise<ResultOf<K>> {
    const id = ++this.asked;
    const isAnswer = (event: WorkerEvent): event is AnswerEvent => event.type === "answer" && event.id === id;
    this.send({ type: "ask", id, question });
    await this.until(() => this.events.some(isAnswer), `an answer to "${question.kind}"`);
    return this.events.find(isAnswer)!.result as ResultOf<K>;
  }

  /** Plays until so many steps were told, and pauses. */
  async play(steps: number): Promise<void> {
    const { length } = this.points;
    this.send({ type: "play" });
    await this.until(() => this.points.length >= length + steps, `${steps} steps`);
    const { step } = await this.call({ type: "pause" }, "paused");
    const isSaved = () => this.events.some((event) => event.type === "snapshot" && event.step === step);
    await this.until(isSaved, `a snapshot of step ${step}`);
  }

  /** All losses that were told. */
  get points(): readonly LossPoint[] {
    return this.events.flatMap((event) => (event.type === "progress" ? event.points : []));
  }

  get lastStep(): number {
    return this.points.at(-1)?.step ?? 0;
  }

  /** The last event of a type. */
  last<T extends WorkerEvent["type"]>(type: T): Of<T> {
    const found = this.events.filter((event): event is Of<T> => event.type === type);
    if (found.length === 0) throw new Error(`expected an event "${type}", found none`);
    return found.at(-1)!;
  }

  get faults(): Of<"fault">["fault"][] {
    return this.events.flatMap((event) => (event.type === "fault" ? [event.fault] : []));
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!isSo()) return;
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        const seen = this.events.map((event) => (event.type === "fault" ? event.fault.message : event.type));
        reject(new Error(`no ${what} in ${LIMIT} ms; there were ${seen.slice(-20).join(", ")}`));
      }, LIMIT);
      this.waiting.add(check);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close();
    await this.served;
  }
}

/** The backend of this test project. */
function backend(): BackendName {
  return inject("backend") as BackendName;
}

/** Settings of a run on it. */
export function settings(given: Partial<Settings> = {}): Settings {
  return { task: "moons", backend: backend(), execution: "compiled", learningRate: 0.01, seed: 0, ...given };
}

const noAssets: Assets = { load: () => Promise.reject(new Error("expected a task without files")) };
