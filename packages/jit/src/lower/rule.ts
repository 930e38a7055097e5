/** @file What the lowering of one kernel is. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Dtype, Value } from "@nnx-js/nn/trace";
import type { Lowering, Tensor } from "./context.ts";
import type { Takes } from "./takes.ts";

/** The inputs of a kernel by the names that TensorFlow.js gives them. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** The outputs of one kernel, from its inputs and attributes; `outputs` says their shapes and dtypes. */
type Lower = (
  lowering: Lowering,
  inputs: Inputs,
  attrs: Readonly<tf.NamedAttrMap>,
  outputs: readonly Value[],
) => Tensor | readonly Tensor[];

/** How a kernel is lowered, and for which dtypes that gives what the kernel means. */
export interface LoweringRule {
  readonly takes: Takes;
  readonly lower: Lower;
}

/** Rules by kernel name. */
export type LoweringRules = Readonly<Record<string, LoweringRule>>;

/**
 * A rule from a function that is typed with the names of the kernel's own inputs and attributes.
 *
 * @param takes the dtypes of inputs that it computes exactly: a graph with others is refused
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the kernel is called with
export function rule<I extends object = Inputs, A extends object = object>(
  takes: Takes | readonly Dtype[],
  lower: (lowering: Lowering, inputs: I, attrs: A, outputs: readonly Value[]) => Tensor | readonly Tensor[],
): LoweringRule {
  return {
    takes: "all" in takes ? takes : { all: takes },
    // TensorFlow.js types neither: which names a kernel gets is its contract with the operation that calls it.
    lower: (lowering, inputs, attrs, outputs) => lower(lowering, inputs as I, attrs as A, outputs),
  };
}

/** Inputs of a kernel with one input `x`. */
export interface X {
  x: Tensor;
}

/** Inputs of a kernel with two operands. */
export interface AB {
  a: Tensor;
  b: Tensor;
}

/** The same rule under several kernel names. */
export function share(names: readonly string[], shared: LoweringRule): LoweringRules {
  return Object.fromEntries(names.map((name) => [name, shared]));
}
