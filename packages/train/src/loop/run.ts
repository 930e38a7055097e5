/** @file One training run: batches in, steps, events out. */
import * as tf from "@tensorflow/tfjs-core";
import { after, type Awaitable, isPromise } from "../data/awaitable.ts";
import { Loader } from "../data/loader.ts";
import { NonFiniteError } from "../errors.ts";
import type { BeginEvent, EndEvent, EvaluateEvent, Figures, LogEvent } from "./events.ts";
import type { Moment } from "./every.ts";
import { type Fed, type Feed, openFeed } from "./feed.ts";
import { Guard } from "./guard.ts";
import { Marks, PassMean } from "./marks.ts";
import type { AnyTrainOptions } from "./options.ts";
import { Slices, unlessAborted } from "./pause.ts";
import { Teller } from "./teller.ts";
import { figuresOf } from "./values.ts";
import { Window } from "./window.ts";

/** What a run gives to whoever iterates over it. */
export type Told = LogEvent | EvaluateEvent;

/** The figures of a log, at hand or on their way. */
interface PendingLog {
  readonly figures: Awaitable<Figures>;
  readonly event: Omit<LogEvent, "metrics">;
  readonly window: Window;
}

/** What was due after a step, and failed: the next run over the same loader does it first. */
const owed = new WeakMap<Loader<unknown>, Moment>();

/** Makes steps until the data end, or something else ends it. */
export class Run {
  private readonly options: AnyTrainOptions;
  private readonly teller: Teller;
  private readonly marks: Marks;
  private readonly guard: Guard | undefined;
  private readonly slices = new Slices();
  private feed: Feed | undefined;
  private step = 0;
  private totalSteps: number | undefined;
  private firstStep = 0;
  private epoch = 0;
  /** Steps of the present pass, those of this run. */
  private stepsOfPass = 0;
  private window = new Window();
  private pending: PendingLog | undefined;
  private readonly passMean = new PassMean();
  /** When the window began, put off by what was no training. */
  private began = 0;
  private isStopped = false;
  private hasFailed = false;

  constructor(options: AnyTrainOptions) {
    this.options = options;
    const { state, nonFinite = "throw", log } = options;
    this.teller = new Teller(options);
    this.marks = new Marks(options);
    this.guard = state && nonFinite === "throw" && log !== false ? new Guard(state) : undefined;
  }

  /** Everything, from the begin to the end. */
  async *events(): AsyncGenerator<Told, EndEvent, undefined> {
    const { marks, slices } = this;
    try {
      await this.begin();
      yield* this.makeGood();
      while (!this.isOver) {
        const next = this.feed!.next();
        const fed = isPromise(next) ? await this.waitFor(next) : next;
        if (!fed) break;
        if (fed.isEnd) this.feed!.commit(fed);
        else {
          const version = this.guard?.version;
          try {
            this.make(fed);
          } catch (error) {
            yield* this.recover(version);
            throw error;
          }
          // The log before is told while this step is on its way: the device has not waited. Here without a generator of its
          // own: each value of one takes three more turns of the queue of promises.
          if (this.pending) {
            const settled = this.settle();
            const told = isPromise(settled) ? await settled : settled;
            yield told;
            if (marks.watchesLogs) await this.watch(told.metrics, told);
          }
          this.startLogIfDue();
        }
        const isEpochEnd = fed.isEnd || fed.isLast;
        const moment: Moment = {
          step: this.step,
          epoch: fed.epoch,
          isEpochEnd,
          isEnd: this.step === this.totalSteps,
        };
        if (isEpochEnd || marks.isDue(moment)) yield* this.markOrOwe(moment);
        if (slices.isOver) await slices.pause();
      }
      yield* this.settleAll();
      return yield* this.end();
    } catch (error) {
      this.hasFailed = true;
      throw error;
    } finally {
      await this.close();
    }
  }

  private get isOver(): boolean {
    const { signal, steps = Infinity } = this.options;
    return signal?.aborted === true || this.isStopped || this.step >= steps;
  }

  private async *end(): AsyncGenerator<Told, EndEvent, undefined> {
    const { signal, steps = Infinity } = this.options;
    const isAborted = signal?.aborted === true && this.step < steps;
    const reason = this.isStopped ? "stopped" : isAborted ? "aborted" : "finished";
    // First: whoever ends the run may not wait for the evaluation.
    await this.saveLast(reason);
    yield* this.evaluateLast(reason);
    const { step, epoch } = this;
    const metrics = this.marks.evaluationOf(step);
    const end: EndEvent = { type: "end", step, epoch, reason, ...(metrics && { metrics }) };
    await this.teller.tell(end);
    return end;
  }

  private async begin(): Promise<void> {
    const { data, checkpoint, state } = this.options;
    const restored = checkpoint?.resume ? await checkpoint.to.restore(state) : undefined;
    this.feed = await openFeed(data);
    this.step = this.firstStep = this.feed.start ?? restored?.step ?? 0;
    this.epoch = this.feed.epoch;
    const { step, epoch } = this;
    if (restored) {
      const metadata = this.marks.load(restored.metadata);
      await this.teller.tell({ type: "restore", step, epoch, metrics: restored.metrics, metadata });
    }
    const beginEvent = beginning(this.options, { step, epoch });
    this.totalSteps = beginEvent.totalSteps;
    await this.teller.tell(beginEvent);
    this.guard?.take(step);
    this.began = performance.now();
  }

  /** What was done is not lost where somebody ends the run. */
  private async saveLast(reason: EndEvent["reason"]): Promise<void> {
    const { step, epoch } = this;
    if (reason === "aborted" && step > this.firstStep) {
      const saved = await this.marks.saveNow({ step, epoch }, undefined, false);
      if (saved) await this.teller.tell(saved);
    }
    await this.options.checkpoint?.to.wait();
  }

  /** Measures the model in the end, where nobody knew before that this is the end. */
  private async *evaluateLast(reason: EndEvent["reason"]): AsyncGenerator<Told, void, undefined> {
    const { step, epoch } = this;
    const metrics = await this.marks.evaluateAtEnd({ step, epoch });
    if (!metrics) return;
    const told: EvaluateEvent = { type: "evaluate", step, epoch, metrics };
    await this.teller.tell(told);
    yield told;
    // A run that was interrupted goes on as one that was not: this evaluation is none of its own.
    if (reason === "aborted" || !this.marks.watch(metrics, { step, epoch }).isBest) return;
    const saved = await this.marks.saveNow({ step, epoch }, metrics, true);
    if (saved) await this.teller.tell(saved);
    await this.options.checkpoint?.to.wait();
  }

  /** A batch that is on its way; undefined at the end of the data, or as soon as the signal aborts. */
  private async waitFor(next: PromiseLike<Fed | undefined>): Promise<Fed | undefined> {
    const promise = Promise.resolve(next);
    const fed = await unlessAborted(promise, this.options.signal);
    if (!fed) void promise.then((late) => late && this.feed!.release(late)).catch(() => {});
    return fed;
  }

  /** After a step that has thrown: what it has done by half is taken back, and what was on its way is told. */
  private async *recover(version: number | undefined): AsyncGenerator<Told, void, undefined> {
    if (this.guard && this.guard.version !== version) await this.guard.restore();
    if (this.pending) yield* this.tellPending();
  }

  /** One step. */
  private make(fed: Fed & { isEnd: false }): void {
    const feed = this.feed!;
    const { step, options } = this;
    const engine = tf.engine();
    let figures: ReturnType<typeof figuresOf> = [];
    let kept: tf.Tensor[] = [];
    engine.startScope("step");
    try {
      figures = figuresOf(options.step(fed.batch, { step, epoch: fed.epoch }));
      if (options.log !== false) kept = tensorsOf(figures);
    } finally {
      engine.endScope(kept);
      feed.release(fed, kept);
    }
    this.step++;
    this.epoch = fed.epoch;
    this.stepsOfPass++;
    feed.commit(fed);
    if (options.log !== false) this.window.add(figures, fed.examples);
  }

  private startLogIfDue(): void {
    const { log = 1 } = this.options;
    if (log !== false && this.stepsOfPass % log === 0) this.startLog();
  }

  /** Begins to read the figures of the steps since the last log. */
  private startLog(): void {
    const { window, step, epoch } = this;
    if (window.steps === 0) return;
    const now = performance.now();
    const seconds = (now - this.began) / 1000;
    this.began = now;
    this.window = new Window();
    const { steps, examples } = window;
    const event = { type: "log", step, epoch, steps, examples, seconds } as const;
    const figures = window.read();
    // A failure is told when the figures are waited for.
    if (isPromise(figures)) Promise.resolve(figures).catch(() => {});
    this.pending = { figures, event, window };
    this.guard?.take(step);
  }

  /** The last log with its figures, which handlers have been told. They are waited for where a device has them. */
  private settle(): Awaitable<LogEvent> {
    return after(this.pending!.figures, (metrics) => {
      const { event, window } = this.pending!;
      this.pending = undefined;
      const bad = this.nonFiniteOf(metrics);
      if (bad) {
        this.guard?.refute();
        return this.fail(bad, event, window).finally(() => window.dispose());
      }
      const counts = window.counts();
      window.dispose();
      this.guard?.confirm();
      this.passMean.add(metrics, counts);
      const told: LogEvent = { ...event, metrics };
      return after(this.teller.tell(told), () => told);
    });
  }

  /** Tells the last log. */
  private async *tellPending(): AsyncGenerator<Told, void, undefined> {
    const told = await this.settle();
    yield told;
    if (this.marks.watchesLogs) await this.watch(told.metrics, told);
  }

  /** Tells all figures that there are. */
  private async *settleAll(): AsyncGenerator<Told, void, undefined> {
    if (this.pending) yield* this.tellPending();
    if (this.options.log === false) return;
    this.startLog();
    if (this.pending) yield* this.tellPending();
  }

  /** Does what is to be done between two steps; where that fails, the same call does it again before it goes on. */
  private async *markOrOwe(moment: Moment): AsyncGenerator<Told, void, undefined> {
    const { data } = this.options;
    try {
      yield* this.mark(moment);
    } catch (error) {
      if (data instanceof Loader) owed.set(data, moment);
      throw error;
    }
  }

  /** Does what has failed after the last step of the run before, if the loader is still where it was then. */
  private async *makeGood(): AsyncGenerator<Told, void, undefined> {
    const { data } = this.options;
    const moment = data instanceof Loader ? owed.get(data) : undefined;
    if (!moment || this.options.signal?.aborted) return;
    owed.delete(data as Loader<unknown>);
    if (moment.step === this.step) yield* this.markOrOwe(moment);
  }

  /** Does what is to be done between two steps. */
  private async *mark(moment: Moment): AsyncGenerator<Told, void, undefined> {
    const begin = performance.now();
    const { step, epoch } = moment;
    if (moment.isEpochEnd) yield* this.settleAll();
    else {
      if (this.pending) yield* this.tellPending();
      // Nothing is measured, nor saved, that is known to be bad.
      const metrics = await this.window.read();
      const bad = this.nonFiniteOf(metrics);
      if (bad) await this.fail(bad, { step, epoch }, this.window);
    }
    const metrics = await this.marks.evaluate(moment);
    let isBest = false;
    if (metrics) {
      const told: EvaluateEvent = { type: "evaluate", step, epoch, metrics };
      await this.teller.tell(told);
      yield told;
      isBest = await this.watch(metrics, moment);
    }
    const saved = await this.marks.save(moment, metrics, isBest);
    if (saved) await this.teller.tell(saved);
    if (moment.isEpochEnd) {
      await this.teller.tell({ type: "epoch", step, epoch, metrics: this.passMean.take() });
      this.stepsOfPass = 0;
    }
    this.began += performance.now() - begin;
  }

  /** Draws the consequences of figures; answers whether they are the best. */
  private async watch(
    figures: Readonly<Record<string, unknown>>,
    at: { step: number; epoch: number },
  ): Promise<boolean> {
    const { events, isStopped, isBest } = this.marks.watch(figures, at);
    for (const event of events) await this.teller.tell(event);
    if (isStopped) this.isStopped = true;
    return isBest;
  }

  private nonFiniteOf(figures: Figures): [string, number] | undefined {
    if (this.options.nonFinite === "ignore") return undefined;
    for (const name in figures) if (!Number.isFinite(figures[name]!)) return [name, figures[name]!];
    return undefined;
  }

  /** Gives the state its last good values, and says what has happened. @throws NonFiniteError */
  private async fail(
    [metric, value]: [string, number],
    { step, epoch }: { step: number; epoch: number },
    window: Window,
  ): Promise<never> {
    const { steps } = window;
    const before = step - steps;
    const place = steps === 1 ? 1 : await window.firstBad(metric);
    const restoredStep = await this.guard?.restore();
    const all = `steps ${before + 1} to ${step}`;
    const where =
      place === undefined
        ? `the mean of ${all}`
        : `step ${before + place}${steps === 1 ? "" : `, the first of ${all} that is not in order`}`;
    const state =
      restoredStep === undefined
        ? "What training changes was not given, and is as these steps have left it: write state: { model, optimizer, data } for a way back."
        : `The state has the values of step ${restoredStep} again.`;
    throw new NonFiniteError(
      `train: ${metric} is ${value} in ${where}, epoch ${epoch}. ${state} Lower the learning rate, clip gradients, ` +
        `chain(clipByGlobalNorm(1), adam(1e-3)), look at the batch, or go on all the same: { nonFinite: "ignore" }.`,
      { metric, value, step, badStep: place && before + place, restoredStep },
    );
  }

  /** Frees what is left, and lets watchers go. */
  private async close(): Promise<void> {
    const { pending, options, feed } = this;
    if (pending) {
      await Promise.resolve(pending.figures).catch(() => {});
      pending.window.dispose();
    }
    this.window.dispose();
    this.guard?.dispose();
    const failures: unknown[] = [];
    const closing = feed?.close().catch((error: unknown) => void failures.push(error));
    // A source that is waited for may never answer.
    if (!options.signal?.aborted) await closing;
    // What is being written is whole when the run has ended, whatever ended it.
    await options.checkpoint?.to.wait().catch((error: unknown) => void failures.push(error));
    failures.push(...(await this.teller.close()));
    // An error that ended the run is the one to tell.
    if (failures.length > 0 && !this.hasFailed) throw failures[0];
  }
}

function tensorsOf(figures: ReturnType<typeof figuresOf>): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  for (const [, value] of figures) if (typeof value !== "number") tensors.push(value);
  return tensors;
}

function beginning({ data, steps }: AnyTrainOptions, at: { step: number; epoch: number }): BeginEvent {
  const known = data instanceof Loader ? data : undefined;
  const ofData = known?.steps === Infinity ? undefined : known?.steps;
  // Without a number of passes the data end after the present one.
  const all = ofData === undefined || known?.epochs !== undefined ? ofData : (at.epoch + 1) * ofData;
  return {
    type: "begin",
    ...at,
    totalSteps: steps === undefined ? all : Math.min(steps, all ?? Infinity),
    stepsPerEpoch: known?.stepsPerEpoch,
    batchSize: known?.batchSize,
  };
}
