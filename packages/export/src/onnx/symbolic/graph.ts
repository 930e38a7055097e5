/** @file The graph of a function for batches of any size. */
import type { Dtype, Elements } from "@nnx-js/jit/graph";
import type * as tf from "@tensorflow/tfjs-core";
import type { RecordedOutput, RecordedParameter } from "../../record/record.ts";
import type { BatchDim, Dims } from "./dim.ts";

/** A tensor in the graph; told apart by identity. */
export interface Value {
  readonly shape: Dims;
  readonly dtype: Dtype;
}

/** An attribute of a kernel; numbers that depend on the batch are a `BatchDim`. */
export type Attr = number | string | boolean | null | undefined | BatchDim | readonly Attr[] | tf.TypedArray;

/** One launch of a kernel. */
export interface Node {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly outputs: readonly Value[];
  /** The line of the user's code, if it is known. */
  readonly source: string | undefined;
}

/** A value that is the same in every call. */
export interface Constant {
  readonly value: Value;
  /** Of the value's shape, with 1 in place of the batch where all parts along it are equal. */
  readonly shape: readonly number[];
  readonly elements: Elements;
  /** A scalar that depends on the batch: that size, or one divided by it. */
  readonly ofBatch?: { readonly dim: BatchDim; readonly isReciprocal: boolean } | undefined;
}

/** A parameter: an input, state, or a captured tensor. */
interface Parameter extends Omit<RecordedParameter, "value"> {
  readonly value: Value;
}

/** A result or a write. */
export interface Output extends Omit<RecordedOutput, "value"> {
  readonly value: Value;
}

/** A function's graph. */
export interface SymbolicGraph {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly results: readonly Output[];
  readonly writes: readonly Output[];
}
