/** @file What the rule for one kernel is. */
import type { Dtype } from "@nnx-js/jit/graph";
import type { Emission } from "../build/emission.ts";
import type { Attr, Node, Value } from "../symbolic/graph.ts";

/** Adds the operators for one kernel, and says what its outputs are. */
type Emit<I, A> = (
  emission: Emission,
  inputs: I,
  attrs: A,
  outputs: readonly [Value, ...Value[]],
  node: Node,
) => void;

/** How a kernel is written, and for which dtypes that gives what it means. */
export interface Rule {
  /** Of all inputs, but for those in `named`. */
  readonly takes: readonly Dtype[];
  readonly named?: Readonly<Record<string, readonly Dtype[]>> | undefined;
  readonly emit: Emit<Readonly<Record<string, Value>>, Readonly<Record<string, Attr>>>;
}

/** Rules by kernel name. */
export type Rules = Readonly<Record<string, Rule>>;

/** A rule from a function that is typed with the names of the kernel's own inputs and attributes. */
export function rule<I extends object = { x: Value }, A extends object = object>(
  takes: readonly Dtype[],
  emit: Emit<I, A>,
  named?: Rule["named"],
): Rule {
  return {
    takes,
    named,
    // TensorFlow.js types neither: which names a kernel gets is its contract with the operation that calls it.
    emit: (emission, inputs, attrs, outputs, node) => emit(emission, inputs as I, attrs as A, outputs, node),
  };
}

/** The same rule under several kernel names. */
export function share(names: readonly string[], shared: Rule): Rules {
  return Object.fromEntries(names.map((name) => [name, shared]));
}

/** Inputs of a kernel with two operands. */
export interface AB {
  a: Value;
  b: Value;
}

export const FLOAT = ["float32"] as const;
export const INT = ["int32"] as const;
export const BOOL = ["bool"] as const;
export const NUMBERS = ["float32", "int32"] as const;
export const ANY = ["float32", "int32", "bool"] as const;

/** The axes that an attribute names, counted from 0, in order; all where it names none. */
export function axesOf(axis: Attr, rank: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  const axes = (Array.isArray(axis) ? axis : [axis]) as number[];
  return axes.map((each) => (each < 0 ? each + rank : each)).sort((a, b) => a - b);
}
