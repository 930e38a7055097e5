/** @file What a person chooses before and while a model trains. */

/** What is learned: the guide's model, two moons, handwritten digits, first names. */
export type TaskName = "guide" | "moons" | "digits" | "names";

/** Backends that the page offers, best first. */
export const BACKENDS = ["webgpu", "webgl", "wasm", "cpu"] as const;

/** One of {@link BACKENDS}. */
export type BackendName = (typeof BACKENDS)[number];

/** How a training step runs: kernel by kernel, or as one compiled program. */
export type Execution = "eager" | "compiled";

/** What a training run starts from. */
export interface Settings {
  readonly task: TaskName;
  readonly backend: BackendName;
  readonly execution: Execution;
  readonly learningRate: number;
  /** Of weights, batches and dropout masks: the same seed gives the same run. */
  readonly seed: number;
}

/** The two views of one model that the page shows side by side. */
export type ViewName = "train" | "eval";

/** A value that a mode of a layer can have. */
export type ModeValue = boolean | number | string;
