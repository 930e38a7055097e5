/** @file What the arguments of a call look like: their structure, apart from the values of tensors and Variables. */
import type { Coverage, Path, Variable, VariableMetadata, VariableStore } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Counts } from "./own-properties.ts";

/**
 * The structure of a value in the arguments. Graph nodes and Variables are told by identity, everything else by
 * content: a new array of the same things is the same. `index` numbers what has an identity, in the order of the walk.
 */
export type Pattern =
  | StaticPattern
  | AbsentPattern
  | ConstantPattern
  | DefinitionPattern
  | TensorPattern
  | VariablePattern
  | TfVariablePattern
  | FunctionPattern
  | NodePattern
  | RecordPattern
  | ListPattern
  | MapPattern
  | SetPattern
  | ContentPattern
  | StatePattern
  | ReferencePattern;

/** The properties of an object that it has beside elements and entries. */
export interface Properties {
  /** In the order of `for … in`: own ones, and inherited ones. Those of an array are its own beside the elements. */
  readonly names: readonly string[];
  /** `undefined` for inherited accessors, which are code. */
  readonly children: readonly (Pattern | undefined)[];
  /** How each of them is compared: a match looks at lists of one kind of thing, which is several times as quick. */
  readonly quick: readonly Quick[];
  /** What is the same for certain where it is found again; `NEVER` for what must be looked into. */
  readonly same: readonly unknown[];
  /** Own symbols, and own names that are not enumerable. */
  readonly hidden: readonly PropertyKey[];
  readonly hiddenChildren: readonly Pattern[];
  /** Symbols may be enumerable. */
  readonly areEnumerable: readonly boolean[];
  /** The object itself where it is frozen: it has no other properties, elements among them, than it had. */
  readonly frozen: object | undefined;
  /** What can still change in and below a frozen array or record, found by the first match; null where it inherits some. */
  frozenParts?: readonly FrozenPart[] | null;
  readonly counts: Counts;
}

/** Stands for what a match must look into. */
export const NEVER: object = {};

/** Of what kind a property is: `other` for all that is rare. */
type Quick = "variable" | "node" | "other";

/** A place in or below a frozen object. */
export interface FrozenPart {
  /** What must match there; undefined for what is frozen itself, whose own parts follow. */
  readonly pattern: Pattern | undefined;
  /** Whether that is a Variable. */
  readonly isVariable: boolean;
  /** The number of what is frozen. */
  readonly index: number;
  /** What stands there; nobody can put anything else there. */
  readonly value: unknown;
}

/** A primitive, or an object that cannot be another one: the value of a property that nobody can set. */
interface StaticPattern {
  readonly kind: "static";
  readonly value: unknown;
}

/** A hole in an array. */
interface AbsentPattern {
  readonly kind: "absent";
}

/** What stays what it is, such as a transformation of optim; equal parts mean that another one is as good. */
interface ConstantPattern {
  readonly kind: "constant";
  readonly value: unknown;
  readonly parts: readonly unknown[];
}

/** A GraphDef, by its signature: `split` makes a new one each time. */
interface DefinitionPattern {
  readonly kind: "definition";
  readonly signature: readonly unknown[];
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
export interface VariablePattern {
  readonly kind: "variable";
  readonly index: number;
  readonly variable: Variable;
  readonly borrowed: boolean;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** The metadata at the time, which decides whether it is trained: a change is another object. */
  readonly metadata: VariableMetadata;
  /** The store that was found to have this shape and dtype, if it cannot get others. */
  settled: VariableStore | undefined;
  /** What a subclass has added. */
  readonly attributes: readonly PropertyKey[];
  readonly children: readonly Pattern[];
}

/** A `tf.Variable`. */
interface TfVariablePattern {
  readonly kind: "tfVariable";
  readonly index: number;
  readonly variable: tf.Variable;
}

/** A function or class, by identity, with what was set on it; it is not kept alive. */
export interface FunctionPattern {
  readonly kind: "function";
  readonly reference: WeakRef<object>;
  readonly counts: Counts;
  /** None has no number. */
  readonly set: { readonly index: number; readonly properties: Properties } | undefined;
}

/** A Module, an Optimizer, an Rngs, … */
export interface NodePattern {
  readonly kind: "node";
  readonly index: number;
  readonly node: object;
  readonly properties: Properties;
}

/** A plain object, or one of a class. */
export interface RecordPattern {
  readonly kind: "record";
  readonly index: number;
  readonly prototype: object | null;
  readonly properties: Properties;
}

export interface ListPattern {
  readonly kind: "list";
  readonly index: number;
  readonly prototype: object | null;
  readonly children: readonly Pattern[];
  readonly properties: Properties;
}

interface MapPattern {
  readonly kind: "map";
  readonly index: number;
  readonly prototype: object | null;
  readonly keys: readonly Pattern[];
  readonly children: readonly Pattern[];
  readonly properties: Properties;
}

interface SetPattern {
  readonly kind: "set";
  readonly index: number;
  readonly prototype: object | null;
  readonly children: readonly Pattern[];
  readonly properties: Properties;
}

/** A date, a regular expression, a typed array, …: what can be asked of it, as primitives. */
interface ContentPattern {
  readonly kind: "content";
  readonly index: number;
  readonly prototype: object | null;
  readonly content: ArrayLike<unknown>;
  /** Those of typed arrays are their elements. */
  readonly properties: Properties | undefined;
}

/** Whether a State was made by hand, whether its leaves were taken out of a node by `pop`, and what was meant by it. */
export interface StateOrigin {
  readonly byHand: boolean;
  readonly popped: boolean;
  /** The filter that it came from. */
  readonly selects: Coverage["selects"];
  /** How that filter was made: another one that was made alike means the same. */
  readonly parts: readonly unknown[];
}

/** A State: paths and leaves, and where it comes from. */
interface StatePattern {
  readonly kind: "state";
  readonly index: number;
  readonly paths: readonly Path[];
  readonly leaves: readonly Pattern[];
  /** The numbers of the pairs of a path and a leaf. */
  readonly entries: readonly number[];
  /** What decides how `update` takes it. */
  readonly origin: StateOrigin;
}

/** The object with that number, once more. */
interface ReferencePattern {
  readonly kind: "reference";
  readonly index: number;
}
