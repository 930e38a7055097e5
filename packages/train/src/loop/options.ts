/** @file What a training run is told, and what it is checked for where there are no types. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { hasData, InvalidArgumentError, iterGraph } from "@nnx-js/nn";
import { Loader } from "../data/loader.ts";
import { checkCount, checkFlag, checkNames, checkOneOf, checkText, found } from "../check.ts";
import type { TrainHandlers, Watcher } from "./events.ts";
import { checkEvery, type Every } from "./every.ts";
import { checkWatched, type Patience, type Watched } from "./monitor.ts";
import { checkListeners } from "./teller.ts";
import type { EvaluationOf, MetricsOf, StepValues } from "./values.ts";

/** Which step is next. */
export interface StepInfo {
  /** Steps that are done: 0 before the first. */
  readonly step: number;
  /** The pass over the data, from 0. */
  readonly epoch: number;
}

/** How the model is measured on what it does not learn from. */
export interface EvaluateOptions<Values extends object, AtEnd extends boolean = boolean> {
  /** Measures it; scalar tensors are read, and become the loop's. */
  readonly run: (info: StepInfo) => Values | Promise<Values>;
  /** How often; after each pass unless given. */
  readonly every?: Every | undefined;
  /**
   * Whether the last step is measured however the run ends, but by an error: in the middle of a pass, by the signal, before
   * the first step. What is due then by `every` is not measured twice. `false` unless given.
   */
  readonly atEnd?: AtEnd | undefined;
}

/** How the state is saved. */
export interface CheckpointOptions<Name extends string> {
  /** Where to; it stays open. */
  readonly to: Pick<Checkpointer<string>, "save" | "restore" | "wait">;
  /**
   * How often, or several of that: `[100, { epochs: 1 }]`; after each pass unless given, or `best` is. When the signal ends
   * the run, the last step is saved too.
   */
  readonly every?: Every | readonly Every[] | undefined;
  /** Saves whenever this figure of an evaluation is better than all before. */
  readonly best?: Watched<Name> | undefined;
  /** Begins by loading the last checkpoint, if there is one; `false` unless given. */
  readonly resume?: boolean | undefined;
  /** Texts to remember with each. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The names of figures that can be watched: of evaluations, and of logs where there are none. */
export type WatchedNames<Values, Evaluation> = [Evaluation] extends [never]
  ? keyof MetricsOf<Values> & string
  : keyof Evaluation & string;

/** Options of `train`. */
export interface TrainOptions<
  Batch,
  Values extends StepValues,
  Evaluation extends object,
  AtEnd extends boolean = boolean,
> {
  /** Gives the batches: a loader, or anything else that can be iterated, which frees its batches itself. */
  readonly data: AsyncIterable<Batch> | Iterable<Batch>;
  /**
   * Trains on a batch, synchronously; gives the loss, figures by name, or nothing. It runs in `tf.tidy`, and the tensors
   * of the batch are freed afterwards.
   */
  readonly step: (batch: Batch, info: StepInfo) => Values;
  /** Ends after so many steps, those before a resume included. When the data end unless given. */
  readonly steps?: number | undefined;
  /**
   * How often the figures are read: each time an event gives their means. Counts within a pass, whose last step is always
   * one. 1 unless given; `false` for never.
   */
  readonly log?: number | false | undefined;
  /** What training changes: `{ model, optimizer, rngs, data }`. It is saved, and given back after a NaN. */
  readonly state?: object | undefined;
  /**
   * Measures the model now and then; a function does after each pass, `{ atEnd: true, run }` after the last step as well,
   * and its figures are those of the end event. What it throws ends the run; the same call, over the same loader, measures
   * and saves first what was due then.
   */
  readonly evaluate?:
    EvaluateOptions<Evaluation, AtEnd> | ((info: StepInfo) => Evaluation | Promise<Evaluation>) | undefined;
  /** Saves the state now and then. */
  readonly checkpoint?: CheckpointOptions<WatchedNames<Values, NoInfer<Evaluation>>> | undefined;
  /** Ends the run when a figure has not improved for a while. */
  readonly earlyStop?: Patience<WatchedNames<Values, NoInfer<Evaluation>>> | undefined;
  /** Tells, by the event `plateau`, when a figure has not improved for a while. */
  readonly plateau?: Patience<WatchedNames<Values, NoInfer<Evaluation>>> | undefined;
  /**
   * What a figure of a step that is NaN or infinite does: `"throw"` gives `state` its last good values and throws;
   * `"ignore"` goes on. `"throw"` unless given.
   */
  readonly nonFinite?: "throw" | "ignore" | undefined;
  /** Ends the run between two steps. The same call goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** What is done about events. */
  readonly on?: TrainHandlers<MetricsOf<Values>, EvaluationOf<NoInfer<Evaluation>>> | undefined;
  /** Who follows the run: progress bars, log files. */
  readonly watch?: Watcher | readonly Watcher[] | undefined;
}

/** Options whose types nobody knows. */
export type AnyTrainOptions = TrainOptions<unknown, StepValues, Record<string, unknown>>;

const NAMES = [
  "data",
  "step",
  "steps",
  "log",
  "state",
  "evaluate",
  "checkpoint",
  "earlyStop",
  "plateau",
  "nonFinite",
  "signal",
  "on",
  "watch",
] as const satisfies (keyof AnyTrainOptions)[];

/** @throws InvalidArgumentError naming what is not as the types have it */
export function checkTrainOptions(options: unknown): asserts options is AnyTrainOptions {
  checkNames("train", options, NAMES, "train({ data, step })");
  const given = options as Record<(typeof NAMES)[number], unknown>;
  const { data, step, log } = given;
  if (
    typeof data !== "object" ||
    data === null ||
    !(Symbol.asyncIterator in data || Symbol.iterator in data)
  ) {
    fail(`data: expected batches that can be iterated, got ${found(data)}. Write train({ data: loader({ x, y }, { batchSize: 32 }), step })`); // prettier-ignore
  }
  if (typeof step !== "function") {
    fail(
      `step: expected a function, got ${found(step)}. Write step: (batch) => trainStep(model, optimizer, batch)`,
    );
  }
  checkCount("train", "steps", given.steps, 1);
  if (log !== false) checkCount("train", "log", log, 1);
  checkEvaluate(given.evaluate);
  checkWatched("earlyStop", given.earlyStop, true);
  checkWatched("plateau", given.plateau, true);
  checkOneOf("train", "nonFinite", given.nonFinite, ["throw", "ignore"]);
  const { signal, state } = given;
  if (signal !== undefined && !(typeof signal === "object" && signal !== null && "aborted" in signal)) {
    fail(`signal: expected an AbortSignal, got ${found(signal)}. Write signal: controller.signal`);
  }
  if (state !== undefined && !hasData(state)) {
    fail(
      `state: expected what training changes, got ${found(state)}. Write state: { model, optimizer, data }`,
    );
  }
  checkCheckpoint(given.checkpoint, state, data);
  checkListeners("train", given.on, given.watch);
}

function checkEvaluate(evaluate: unknown): void {
  if (evaluate === undefined || typeof evaluate === "function") return;
  const repair = "evaluate: { every: 100, run: () => evaluate(model) }";
  checkNames("train: evaluate", evaluate, ["run", "every", "atEnd"], repair);
  const { run, every, atEnd } = evaluate as Partial<Record<keyof EvaluateOptions<object>, unknown>>;
  if (typeof run !== "function")
    fail(`evaluate: run: expected a function, got ${found(run)}. Write ${repair}`);
  checkEvery("evaluate.every", every);
  checkFlag("train: evaluate", "atEnd", atEnd);
}

function checkCheckpoint(checkpoint: unknown, state: unknown, data: object): void {
  if (checkpoint === undefined) return;
  const repair = `checkpoint: { to: new Checkpointer("run") }`;
  checkNames("train: checkpoint", checkpoint, ["to", "every", "best", "resume", "metadata"], repair);
  const { to, every, best, resume, metadata } = checkpoint as Record<string, unknown>;
  if (typeof to !== "object" || to === null || !("save" in to && "restore" in to && "wait" in to)) {
    fail(`checkpoint: to: expected a Checkpointer, got ${found(to)}. Write ${repair}`);
  }
  for (const each of [every].flat()) checkEvery("checkpoint.every", each);
  checkWatched("checkpoint.best", best, false);
  checkFlag("train: checkpoint", "resume", resume);
  if (metadata !== undefined) {
    if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
      fail(`checkpoint: metadata: expected texts by name, got ${found(metadata)}`);
    }
    for (const [name, text] of Object.entries(metadata)) {
      checkText("train: checkpoint: metadata", name, text ?? null);
    }
  }
  if (typeof state !== "object" || state === null) {
    fail(`checkpoint: expected a state to save, got none. Write state: { model, optimizer, data }`);
  }
  if (!(data instanceof Loader)) return;
  for (const [, node] of iterGraph(state)) if (node === data) return;
  fail(
    "checkpoint: expected the loader in the state, found it nowhere: a run that is resumed would begin its pass anew. " +
      "Write state: { model, optimizer, data }",
  );
}

function fail(message: string): never {
  throw new InvalidArgumentError(`train: ${message}.`);
}
