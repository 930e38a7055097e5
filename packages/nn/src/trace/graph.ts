/** @file What a trace records: the kernels that TensorFlow.js launched, as a graph. */
import type * as tf from "@tensorflow/tfjs-core";

/** Element types that a graph can hold. */
export type Dtype = "float32" | "int32" | "bool";

/** Elements of a tensor, row-major; booleans are bytes. */
export type Elements = Float32Array | Int32Array | Uint8Array;

/** A tensor in the graph; told apart by identity. */
export interface Value {
  /** Unique in its graph, in the order of making. */
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** One launch of a kernel of TensorFlow.js, or of one that `@nnx-js/tensor` adds. */
export interface KernelNode {
  readonly kernelName: string;
  /** By TensorFlow.js's names of them; lists are numbered "0", "1", … */
  readonly inputs: Readonly<Record<string, Value>>;
  /** As the kernel was given them. */
  readonly attrs: Readonly<tf.NamedAttrMap>;
  readonly outputs: readonly Value[];
  /** Where in the user's code it was launched, such as `model.ts:12:8`, if known. */
  readonly source?: string | undefined;
  /** The method of a Module that launched it, such as `layers.0.forward`, where somebody has noted that. */
  readonly modulePath?: string | undefined;
  /** Lets go of where that was: what it is read from keeps the functions alive that ran there. */
  forgetSource?(): void;
}

/** A value that is the same in every call. */
export interface Constant {
  readonly value: Value;
  readonly elements: Elements;
}

/** A value that a call gives. */
export interface Output {
  readonly value: Value;
  /** The index of the parameter whose next value this is, where the function wrote a Variable. */
  readonly nextOf?: number | undefined;
}

/** A traced function. */
export interface Graph {
  /** Of the function, for texts and profilers. */
  readonly name: string;
  /** Values that each call gives: tensors of arguments, and what Variables hold. */
  readonly parameters: readonly Value[];
  readonly constants: readonly Constant[];
  /** Each after those whose outputs it takes. */
  readonly nodes: readonly KernelNode[];
  readonly outputs: readonly Output[];
}
