/** @file What is done between steps: evaluations, checkpoints, and what follows from figures. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe } from "../data/collate.ts";
import { disposeTensors } from "../data/tensors.ts";
import type { Figures, TrainEvent } from "./events.ts";
import { type Every, isDue, type Moment } from "./every.ts";
import { Monitor, type MonitorState } from "./monitor.ts";
import type { AnyTrainOptions, CheckpointOptions, StepInfo } from "./options.ts";

/** The text of checkpoints that holds what monitors remember. */
const REMEMBERED = "train";

const EACH_EPOCH: Every = { epochs: 1 };

/** What is done between steps, and how often. */
export class Marks {
  private readonly checkpoint: CheckpointOptions<string> | undefined;
  private readonly state: unknown;
  private readonly run: ((info: StepInfo) => object | Promise<object>) | undefined;
  private readonly evaluateEvery: Every;
  private readonly evaluatesAtEnd: boolean;
  /** The last evaluation, and after how many steps. */
  private lastEvaluated: { step: number; metrics: Record<string, unknown> } | undefined;
  private readonly saveEvery: readonly Every[];
  private lastSaved = -1;
  private readonly earlyStop: Monitor | undefined;
  private readonly plateau: Monitor | undefined;
  private readonly best: Monitor | undefined;

  constructor({ evaluate, checkpoint, earlyStop, plateau, state }: AnyTrainOptions) {
    this.state = state;
    this.checkpoint = checkpoint;
    this.run = typeof evaluate === "function" ? evaluate : evaluate?.run;
    const { every: evaluateEvery = EACH_EPOCH, atEnd = false } = typeof evaluate === "object" ? evaluate : {};
    this.evaluateEvery = evaluateEvery;
    this.evaluatesAtEnd = atEnd;
    const { every = checkpoint?.best ? [] : EACH_EPOCH } = checkpoint ?? {};
    this.saveEvery = checkpoint ? [every].flat() : [];
    this.earlyStop = earlyStop && new Monitor("earlyStop", earlyStop);
    this.plateau = plateau && new Monitor("plateau", plateau);
    this.best =
      checkpoint?.best && new Monitor("checkpoint.best", { ...checkpoint.best, patience: Infinity });
  }

  /** Whether figures of logs are watched: without evaluations there are no others. */
  get watchesLogs(): boolean {
    return this.run === undefined && (this.earlyStop ?? this.plateau ?? this.best) !== undefined;
  }

  /** Whether the model is measured, or saved for certain. */
  isDue(moment: Moment): boolean {
    return this.isEvaluation(moment) || this.isSaving(moment);
  }

  /** Measures the model, if it is time. */
  async evaluate(moment: Moment): Promise<Record<string, unknown> | undefined> {
    if (!this.isEvaluation(moment)) return undefined;
    return this.measure(moment);
  }

  /** Measures the model after the last step, if it is to be and has not just been. */
  async evaluateAtEnd(at: StepInfo): Promise<Record<string, unknown> | undefined> {
    return this.evaluatesAtEnd && this.evaluationOf(at.step) === undefined ? this.measure(at) : undefined;
  }

  /** What the model was found to do after a step; undefined where another one, or none, was measured last. */
  evaluationOf(step: number): Record<string, unknown> | undefined {
    return this.lastEvaluated?.step === step ? this.lastEvaluated.metrics : undefined;
  }

  /** Watches figures; gives the events that follow, and whether the run is to stop. */
  watch(
    figures: Readonly<Record<string, unknown>>,
    { step, epoch }: StepInfo,
  ): { events: TrainEvent[]; isStopped: boolean; isBest: boolean } {
    const events: TrainEvent[] = [];
    const { plateau, earlyStop, best } = this;
    if (plateau?.add(figures).isOver) {
      events.push({ type: "plateau", step, epoch, metric: plateau.metric, best: plateau.bestValue });
    }
    return {
      events,
      isStopped: earlyStop?.add(figures).isOver ?? false,
      isBest: best?.add(figures).isBest ?? false,
    };
  }

  /** Saves the state, if it is time, or the best so far. */
  async save(
    moment: Moment,
    figures: Readonly<Record<string, unknown>> | undefined,
    isBest: boolean,
  ): Promise<TrainEvent | undefined> {
    return isBest || this.isSaving(moment) ? this.saveNow(moment, figures, isBest) : undefined;
  }

  /** Saves the state, unless it has just been. */
  async saveNow(
    { step, epoch }: StepInfo,
    figures: Readonly<Record<string, unknown>> | undefined,
    isBest: boolean,
  ): Promise<TrainEvent | undefined> {
    const { checkpoint } = this;
    if (!checkpoint || this.lastSaved === step) return undefined;
    this.lastSaved = step;
    const metrics = figures && Object.fromEntries(Object.entries(figures).filter(isNumber));
    const metadata = { ...checkpoint.metadata, [REMEMBERED]: JSON.stringify(this.remembered()) };
    await checkpoint.to.save(step, this.state, { ...(metrics && { metrics }), metadata });
    return { type: "checkpoint", step, epoch, metrics: metrics ?? {}, isBest };
  }

  /** Goes on as it was when `metadata` was saved; answers the texts that are the user's. */
  load(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const { [REMEMBERED]: text, ...rest } = metadata;
    const states = JSON.parse(text ?? "{}") as Record<string, MonitorState | undefined>;
    for (const [name, monitor] of this.monitors()) {
      const state = states[name];
      if (state) monitor.load(state);
    }
    return rest;
  }

  private async measure({ step, epoch }: StepInfo): Promise<Record<string, unknown>> {
    const metrics = await numbersOf(await this.run!({ step, epoch }));
    this.lastEvaluated = { step, metrics };
    return metrics;
  }

  private isEvaluation(moment: Moment): boolean {
    if (this.run === undefined || this.evaluationOf(moment.step)) return false;
    return isDue(this.evaluateEvery, moment) || (this.evaluatesAtEnd && moment.isEnd === true);
  }

  private isSaving(moment: Moment): boolean {
    return this.saveEvery.some((every) => isDue(every, moment));
  }

  private remembered(): Record<string, MonitorState> {
    return Object.fromEntries(this.monitors().map(([name, monitor]) => [name, monitor.save()]));
  }

  private monitors(): [string, Monitor][] {
    const all = { earlyStop: this.earlyStop, plateau: this.plateau, best: this.best };
    return Object.entries(all).filter((entry): entry is [string, Monitor] => entry[1] !== undefined);
  }
}

function isNumber(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === "number";
}

/** Reads the scalar tensors of an evaluation, and frees them. @throws InvalidArgumentError for other tensors */
async function numbersOf(values: unknown): Promise<Record<string, unknown>> {
  if (typeof values !== "object" || values === null || Array.isArray(values) || values instanceof tf.Tensor) {
    disposeTensors(values);
    throw new InvalidArgumentError(
      `train: evaluate: expected figures by name, got ${describe(values)}. Write evaluate: () => ({ loss: evaluate(model) }).`,
    );
  }
  const entries = Object.entries(values);
  const tensors = entries.map(([, value]) => value).filter((value) => value instanceof tf.Tensor);
  try {
    const read = entries.map(async ([name, value]: [string, unknown]) => [
      name,
      await readFigure(name, value),
    ]);
    return Object.fromEntries(await Promise.all(read)) as Record<string, unknown>;
  } finally {
    for (const tensor of tensors) if (!tensor.kept) tensor.dispose();
  }
}

/** What is passed on of an evaluation. */
async function readFigure(name: string, value: unknown): Promise<unknown> {
  if (!(value instanceof tf.Tensor)) return value;
  if (value.size === 1) return (await value.data())[0];
  throw new InvalidArgumentError(
    `train: evaluate: expected a scalar for ${name}, got ${describe(value)}. Write ${name}: tf.mean(${name}), or to pass ` +
      `on all of its numbers, ${name}: await ${name}.array().`,
  );
}

/** The figures of several logs as one mean. */
export class PassMean {
  private readonly sums = new Map<string, { sum: number; steps: number }>();

  /** Adds means, by how many steps gave each figure. */
  add(figures: Figures, counts: ReadonlyMap<string, number>): void {
    for (const name in figures) {
      let of = this.sums.get(name);
      if (!of) this.sums.set(name, (of = { sum: 0, steps: 0 }));
      const steps = counts.get(name)!;
      of.sum += figures[name]! * steps;
      of.steps += steps;
    }
  }

  /** The means so far, and begins anew. */
  take(): Figures {
    const means = [...this.sums].map(([name, { sum, steps }]) => [name, sum / steps] as const);
    this.sums.clear();
    return Object.fromEntries(means);
  }
}
