/** @file What the writing of one kernel in StableHLO is. */
import type { Dtype, Value } from "@nnx-js/jit/graph";
import type { NamedAttrMap } from "@tensorflow/tfjs-core";
import type { Builder } from "./mlir/builder.ts";
import type { Operand } from "./mlir/operand.ts";

/** The inputs of a kernel by the names that TensorFlow.js gives them. */
export type Inputs = Readonly<Record<string, Operand>>;

/** Writes the outputs of one kernel, from its inputs and attributes; `outputs` says their shapes and dtypes. */
type Write = (
  b: Builder,
  inputs: Inputs,
  attrs: Readonly<NamedAttrMap>,
  outputs: readonly Value[],
) => Operand | readonly Operand[];

/** Which dtypes the inputs of a kernel may have. */
export interface Takes {
  /** Of the inputs that `named` does not name. */
  readonly all: readonly Dtype[];
  readonly named?: Readonly<Record<string, readonly Dtype[]>> | undefined;
}

/** How a kernel is written, and for which dtypes that gives what the kernel means. */
export interface KernelRule {
  readonly takes: Takes;
  readonly write: Write;
}

/** Rules by kernel name. */
export type KernelRules = Readonly<Record<string, KernelRule>>;

export const FLOAT = ["float32"] as const;
export const INT = ["int32"] as const;
export const BOOL = ["bool"] as const;
export const NUMBERS = ["float32", "int32"] as const;
export const ANY = ["float32", "int32", "bool"] as const;

/** Inputs of a kernel with one input `x`. */
export interface X {
  x: Operand;
}

/** Inputs of a kernel with two operands. */
export interface AB {
  a: Operand;
  b: Operand;
}

/**
 * A rule from a function that is typed with the names of the kernel's own inputs and attributes.
 *
 * @param takes the dtypes of inputs that it computes as the kernel does: a graph with others is refused
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the kernel is called with
export function rule<I extends object = Inputs, A extends object = object>(
  takes: Takes | readonly Dtype[],
  write: (b: Builder, inputs: I, attrs: A, outputs: readonly Value[]) => Operand | readonly Operand[],
): KernelRule {
  return {
    takes: "all" in takes ? takes : { all: takes },
    // TensorFlow.js types neither: which names a kernel gets is its contract with the operation that calls it.
    write: (b, inputs, attrs, outputs) => write(b, inputs as I, attrs as A, outputs),
  };
}

/** The same rule under several kernel names. */
export function share(names: readonly string[], shared: KernelRule): KernelRules {
  return Object.fromEntries(names.map((name) => [name, shared]));
}

const DTYPES: Readonly<Record<string, Dtype>> = { f32: "float32", i32: "int32", i1: "bool" };

/** What of `inputs` is not taken, in words such as `x of int32`; undefined if all is. */
export function refused({ all, named = {} }: Takes, inputs: Inputs): string | undefined {
  const wrong = Object.entries(inputs).flatMap(([name, { type }]) => {
    const dtype = DTYPES[type]!;
    return (named[name] ?? all).includes(dtype) ? [] : [`${name} of ${dtype}`];
  });
  return wrong.length === 0 ? undefined : wrong.join(" and ");
}
