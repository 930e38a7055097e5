/** @file What a task is: data, a model that learns it, and what there is to see of it. A new one is an entry in `index.ts`. */
import type { Module, Rngs } from "@nnx-js/nn";
import type { GradientTransformation, InjectHyperparamsState, Tree } from "@nnx-js/optim";
import type { Loader } from "@nnx-js/train";
import type * as tf from "@tensorflow/tfjs-core";
import type { Answers, Picture } from "../../protocol/events.ts";

/** A batch: tensors by name. */
export type Batch = Readonly<Record<string, tf.Tensor>>;

/** Modes of a view by name. */
type Modes = Readonly<Record<string, unknown>>;

/** Modes of both views of a network with dropout and batch normalisation. */
export const NORMALISED_MODES = {
  train: { deterministic: false, useRunningAverage: false },
  eval: { deterministic: true, useRunningAverage: true },
} as const;

/** The state of an optimiser whose learning rate is a Variable. */
export type RatedState = InjectHyperparamsState<Tree, "learningRate">;

/** What a task is made from. */
export interface TaskContext {
  readonly seed: number;
  readonly learningRate: number;
  readonly assets: Assets;
}

/** The data that comes with the page. */
export interface Assets {
  /** The file of this name, unpacked. */
  load(name: AssetName): Promise<Uint8Array>;
}

/** Pictures of digits, and names. */
export type AssetName = "digits" | "names";

/** A model and its data, ready to learn. All that it holds is freed by `dispose`. */
export interface Task<M extends Module = Module, B extends Batch = Batch> {
  readonly model: M;
  /** Gives the keys of what is drawn outside of the model's own streams. */
  readonly rngs: Rngs;
  /** Batches without an end. */
  readonly data: Loader<B>;
  /** What the evaluation view is measured on. */
  readonly heldBack: B;
  /** Of the optimiser that learns it. */
  readonly transformation: GradientTransformation<RatedState>;
  readonly modes: { readonly train: Modes; readonly eval: Modes };
  /** Modes that a person cannot change, as they make of the layer something that takes other inputs. */
  readonly fixedModes: readonly string[];
  /** The evaluation view is measured every so many steps. */
  readonly evalInterval: number;
  /** The loss of a batch, a scalar. */
  lossOf(model: M, batch: B, rngs: Rngs): tf.Scalar;
  /** What there is to see of a view for evaluation; the weights are those at the time of the call. */
  picture(model: M): Promise<Picture>;
  /** Reads a digit, if this is what it learns. */
  readDigit?(model: M, pixels: Float32Array, draws: number): Promise<Answers["digit"]>;
  /** Makes up names, if this is what it learns. */
  makeNames?(model: M, count: number, temperature: number): Promise<readonly string[]>;
  /** Frees data, model, and streams. */
  dispose(): void;
}
