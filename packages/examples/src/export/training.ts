/** @file What of an example is exported to be trained elsewhere. */
import type * as tf from "@tensorflow/tfjs-core";

/** A function with what it is recorded with. Tensors among the arguments may be `{ shape, dtype }`. */
export interface Recordable {
  readonly fn: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
  /** Names of the arguments: those of state as in {@link Training.state}. */
  readonly names: readonly string[];
}

/** A training: its step, its state at the beginning, and its examples. */
export interface Training {
  readonly step: Recordable;
  /** What the loss of the step is measured by, on examples that are held back. */
  readonly evaluation: Recordable;
  /** What is saved, by the names that the arguments have. */
  readonly state: Readonly<Record<string, object>>;
  /** The examples, by the names of the inputs; batches are cut from them. */
  readonly data: Readonly<Record<string, tf.Tensor>>;
  /** The examples that are held back, as one batch. */
  readonly held: Readonly<Record<string, tf.Tensor>>;
}

/** Makes a training from a seed; `epochs` is how long schedules are. */
export type MakeTraining = (options: { seed: number; epochs: number }) => Promise<Training>;

/** A tensor that has a shape only: as many rows of `like` as a batch has. */
export function batchOf(like: tf.Tensor, size: number): tf.Tensor {
  // It stands for a tensor where a function is recorded.
  return { shape: [size, ...like.shape.slice(1)], dtype: like.dtype } as unknown as tf.Tensor;
}
