/** @file What a batching rule is: how one kernel runs for all lanes at once. */
import type { Graph } from "../../trace/graph.ts";
import type * as tf from "@tensorflow/tfjs-core";

/** A tensor in the lanes of a `vmap`. */
export interface Batched {
  /** The tensors of all lanes, along a first axis; or the one that all lanes share. */
  readonly tensor: tf.Tensor;
  /** Whether the lanes are its first axis. */
  readonly isBatched: boolean;
}

/** The lanes that a function runs in. */
export interface Lanes {
  /** How many there are. */
  readonly size: number;
  /** By which `pmean` and its like speak of them. */
  readonly axisName?: string | undefined;
}

/** A tensor without values. */
export interface LaneSpec {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** A launch of a kernel that is to happen in each lane. */
export interface BatchCall {
  readonly kernelName: string;
  /** By TensorFlow.js's names of them; lists are numbered "0", "1", … At least one is batched, but see `always`. */
  readonly inputs: Readonly<Record<string, Batched>>;
  /** As one lane would give them. */
  readonly attrs: Readonly<tf.NamedAttrMap>;
  /** What one lane would get. */
  readonly outputs: readonly LaneSpec[];
  readonly lanes: Lanes;
  /** @internal Runs a function that the kernel holds for all lanes. */
  readonly batch: (graph: Graph, inputs: readonly Batched[]) => Batched[];
  /** Runs the kernel lane by lane instead, or another one, for inputs that a rule does not know what to do with. */
  readonly loop: (kernelName?: string, inputs?: Readonly<Record<string, Batched>>) => Batched[];
}

/** The outputs of a rule: a tensor has the lanes as its first axis; a `Batched` says whether it does. */
export type BatchResult = tf.Tensor | readonly (tf.Tensor | Batched)[];

/**
 * Runs one kernel for all lanes. It calls ordinary operations, or launches kernels by `tf.engine().runKernel`, so that
 * they are recorded, differentiated and batched again like all others.
 */
export type BatchRule = (call: BatchCall) => BatchResult;

/** Batching rules by the name of the kernel. */
export type BatchRules = Readonly<Record<string, BatchRule>>;

/** The same rule under several kernel names. */
export function share(names: readonly string[], rule: BatchRule): BatchRules {
  return Object.fromEntries(names.map((name) => [name, rule]));
}
