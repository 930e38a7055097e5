/** @file What the arguments of a call look like: their structure, apart from the values of tensors and Variables. */
import type { State, Variable, VariableMetadata } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";

/**
 * The structure of a value in the arguments. Graph nodes and Variables are told by identity, containers by content:
 * a new array of the same things is the same. `index` numbers what has an identity, in the order of the walk.
 */
export type Pattern =
  | StaticPattern
  | TensorPattern
  | VariablePattern
  | TfVariablePattern
  | NodePattern
  | ListPattern
  | RecordPattern
  | MapPattern
  | StatePattern
  | ReferencePattern;

/** A number, a string, a boolean, a function, or an object that is compared by identity. */
interface StaticPattern {
  readonly kind: "static";
  readonly value: unknown;
}

/** A tensor, the `leaf`-th of the arguments. */
interface TensorPattern {
  readonly kind: "tensor";
  readonly leaf: number;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/**
 * A Variable. One whose tensor belongs to somebody else, as a gradient's does, is `borrowed`: each call has new
 * ones, so class, shape and dtype count instead of the identity.
 */
interface VariablePattern {
  readonly kind: "variable";
  readonly index: number;
  readonly variable: Variable;
  readonly borrowed: boolean;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** The metadata at the time, which decides whether it is trained: a change is another object. */
  readonly metadata: VariableMetadata;
}

/** A `tf.Variable`. */
interface TfVariablePattern {
  readonly kind: "tfVariable";
  readonly index: number;
  readonly variable: tf.Variable;
}

/** A Module, an Optimizer, an Rngs, …; children in the order of `for … in`, `undefined` for what does not count. */
interface NodePattern {
  readonly kind: "node";
  readonly index: number;
  readonly node: object;
  readonly keys: readonly string[];
  readonly children: readonly (Pattern | undefined)[];
}

export interface ListPattern {
  readonly kind: "list";
  readonly index: number;
  readonly children: readonly Pattern[];
}

/** A plain object; children as those of a node. */
interface RecordPattern {
  readonly kind: "record";
  readonly index: number;
  readonly prototype: object | null;
  readonly keys: readonly string[];
  readonly children: readonly (Pattern | undefined)[];
}

interface MapPattern {
  readonly kind: "map";
  readonly index: number;
  readonly keys: readonly unknown[];
  readonly children: readonly Pattern[];
}

/** A State; its entries are a list of lists of a path and a leaf. */
interface StatePattern {
  readonly kind: "state";
  readonly index: number;
  readonly state: State;
  readonly entries: Pattern;
}

/** The object with that number, once more. */
interface ReferencePattern {
  readonly kind: "reference";
  readonly index: number;
}
