/** @file What the page tells the worker. */
import type { ModeValue, Settings, ViewName } from "./settings.ts";

/** Makes a model, its views and its data; a run before it ends. Answered by `ready`, or by a `fault`. */
export interface StartCommand {
  readonly type: "start";
  readonly settings: Settings;
  /** A run to go on with, as a `snapshot` or an answer to `save` gave it. */
  readonly from?: Uint8Array | undefined;
}

/** Steps follow each other until `pause`. */
export interface PlayCommand {
  readonly type: "play";
}

/** Ends `play` after the step under way; answered by `paused`. */
export interface PauseCommand {
  readonly type: "pause";
}

/** One step, while paused. */
export interface StepCommand {
  readonly type: "step";
}

/** Takes effect in the next step; compiled programs stay. */
export interface LearningRateCommand {
  readonly type: "learningRate";
  readonly value: number;
}

/** Makes one of the two views anew with a mode changed; the weights stay. Answered by `trees`. */
export interface ModeCommand {
  readonly type: "mode";
  readonly view: ViewName;
  /** The layer by its path in the model, such as `blocks.0.dropout`. */
  readonly path: string;
  readonly mode: string;
  readonly value: ModeValue;
}

/** What wants an answer of its own; answered by `answer` with the same `id`, in order. */
export interface AskCommand {
  readonly type: "ask";
  readonly id: number;
  readonly question: Question;
}

/** Everything that can be asked; each kind has its answer in `Answers`. */
export type Question =
  /** `pixels`: [784], 28 rows of 28, 0 is paper and 1 is ink; `draws`: answers with dropout on. */
  | { readonly kind: "digit"; readonly pixels: Float32Array; readonly draws: number }
  | { readonly kind: "names"; readonly count: number; readonly temperature: number }
  /** Steps a second of both ways to run the step, on a copy of the model; takes about two seconds. */
  | { readonly kind: "race" }
  | { readonly kind: "program" }
  /** A `.safetensors` file of the whole run. */
  | { readonly kind: "save" }
  | { readonly kind: "load"; readonly bytes: Uint8Array }
  /** Keeps the run among this origin's own files (OPFS), one for each task; without them, a fault of `storage`. */
  | { readonly kind: "store" }
  /** Goes on with what `store` kept. */
  | { readonly kind: "restore" };

/** What the page sends. */
export type Command =
  StartCommand | PlayCommand | PauseCommand | StepCommand | LearningRateCommand | ModeCommand | AskCommand;
