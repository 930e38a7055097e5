/** @file What the worker tells the page. */
import type { Question } from "./commands.ts";
import type { BackendName, ModeValue, Settings, ViewName } from "./settings.ts";

/** Which backends run in this worker; told once, before anything else, and again when that changes. */
export interface BackendsEvent {
  readonly type: "backends";
  /** By name: null for one that works, else why it does not and what to do. */
  readonly reasons: Readonly<Record<BackendName, string | null>>;
  /** The one that is the fastest here; software that imitates a GPU works, but is not. */
  readonly best: BackendName;
  /** Whether compiled programs may use threads here, and if not, why. */
  readonly threads: { readonly count: number; readonly reason: string | null };
}

/** A model is there, paused. */
export interface ReadyEvent {
  readonly type: "ready";
  readonly settings: Settings;
  readonly trees: ViewTrees;
  /** Steps that the model has taken: more than 0 where a saved run goes on. */
  readonly step: number;
}

/** A mode changed. */
export interface TreesEvent {
  readonly type: "trees";
  readonly trees: ViewTrees;
}

/** Both views of the model. */
export type ViewTrees = Readonly<Record<ViewName, TreeNode>>;

/** A module, or a weight, of a view. */
export interface TreeNode {
  /** Its path in the model; the root's is empty. */
  readonly path: string;
  /** Its name in its parent. */
  readonly name: string;
  /** `Linear`, `Param`. */
  readonly className: string;
  /** Of a weight: `float32[16, 32]`. */
  readonly array?: string | undefined;
  /** Of a weight: equal numbers are one and the same Variable, in both trees. */
  readonly shared?: number | undefined;
  /** Modes that the layer has; empty for those without. */
  readonly modes: readonly Mode[];
  readonly children: readonly TreeNode[];
}

/** A mode of a layer, as `viewInfo` describes it. */
export interface Mode {
  readonly name: string;
  readonly value: ModeValue | null;
  /** What a click goes through; null for a mode that the page only shows. */
  readonly choices: readonly ModeValue[] | null;
  /** Its type and what it does: the tooltip. */
  readonly info: string;
}

/** Losses since the last `progress`; sent at most 20 times a second. */
export interface ProgressEvent {
  readonly type: "progress";
  readonly points: readonly LossPoint[];
  /** Of the last second; null before there is one, and after single steps. */
  readonly stepsPerSecond: number | null;
}

/** The loss of one step in both views. */
export interface LossPoint {
  readonly step: number;
  /** Of the training view on its batch. */
  readonly train: number;
  /** Of the evaluation view, on examples that are held back; null in steps that do not measure it. */
  readonly eval: number | null;
}

/** `play` has ended, by `pause` or by a fault; the last losses were sent before. */
export interface PausedEvent {
  readonly type: "paused";
  readonly step: number;
}

/** What there is to see of the model now; sent after steps and after mode changes, at most 10 times a second. */
export interface PictureEvent {
  readonly type: "picture";
  readonly picture: Picture;
}

/** One kind for each task. */
export type Picture =
  /** The guide: what the model answers, and what it should, for some held-back examples (first output). */
  | { readonly kind: "guide"; readonly expected: readonly number[]; readonly answered: readonly number[] }
  /** Two moons: probability of the second moon on a grid of `side` x `side` over [-1.5, 2.5] x [-1.25, 1.75]. */
  | {
      readonly kind: "moons";
      readonly side: number;
      /** [side * side], rows from the top. */
      readonly probabilities: Float32Array;
      /** [2 n]: x, y of each example. */
      readonly points: Float32Array;
      /** [n]: 0 or 1. */
      readonly labels: Uint8Array;
    }
  /** Digits: filters of the first layer, and the confusion matrix on held-back pictures by the evaluation view. */
  | {
      readonly kind: "digits";
      /** [filters, size * size]. */
      readonly filters: readonly Float32Array[];
      readonly filterSize: number;
      /** [10][10]: row is the truth. */
      readonly confusion: readonly (readonly number[])[];
      readonly accuracy: number;
    }
  /** Names: drawn by the decode view. */
  | { readonly kind: "names"; readonly samples: readonly string[] };

/** An answer to an `ask`, or why there is none. */
export interface AnswerEvent {
  readonly type: "answer";
  readonly id: number;
  readonly result:
    { readonly ok: true; readonly value: Answer } | { readonly ok: false; readonly fault: Fault };
}

/** By the kind of question. */
export interface Answers {
  /** Probabilities of the ten digits: of the evaluation view, and of each draw with dropout on. */
  readonly digit: { readonly steady: readonly number[]; readonly draws: readonly (readonly number[])[] };
  readonly names: { readonly samples: readonly string[] };
  readonly race: { readonly eager: RaceResult; readonly compiled: RaceResult };
  readonly program: { readonly text: string; readonly launches: number | null };
  readonly save: { readonly bytes: Uint8Array; readonly name: string };
  readonly load: { readonly step: number };
  readonly store: { readonly step: number };
  readonly restore: { readonly step: number };
}

/** How fast one way to run a step is. */
export interface RaceResult {
  readonly stepsPerSecond: number;
  /** Kernels or program launches of one step; null where nothing counts them. */
  readonly launches: number | null;
}

/** An answer of any kind. */
export type Answer = Answers[Question["kind"]];

/** State from which a new worker can go on; sent every few seconds of `play`, and when paused. */
export interface SnapshotEvent {
  readonly type: "snapshot";
  readonly step: number;
  readonly bytes: Uint8Array;
}

/** Something failed; training is paused. */
export interface FaultEvent {
  readonly type: "fault";
  readonly fault: Fault;
}

/** A failure in words that help. */
export interface Fault {
  /** What failed: decides what the page offers. */
  readonly cause:
    | "backend" // does not start, or is refused a file
    | "device-lost"
    | "memory"
    | "storage" // no OPFS, disk full
    | "file" // not a file of this model
    | "not-finite" // the loss is no number
    | "worker" // ended, or does not answer; told by the page's own side
    | "other";
  readonly message: string;
  /** What the person can do. */
  readonly repair: string;
  /** Whether `start` with the last snapshot goes on from there. */
  readonly isResumable: boolean;
}

/** Sent every second, so that the page sees that the worker lives. */
export interface AliveEvent {
  readonly type: "alive";
}

/** What the worker sends. */
export type WorkerEvent =
  | BackendsEvent
  | ReadyEvent
  | TreesEvent
  | ProgressEvent
  | PausedEvent
  | PictureEvent
  | AnswerEvent
  | SnapshotEvent
  | FaultEvent
  | AliveEvent;
