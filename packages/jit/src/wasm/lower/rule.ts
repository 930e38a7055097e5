/** @file What the lowering of one kernel is. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../../graph/graph.ts";
import type { Lowering, Tensor } from "./context.ts";

/** The inputs of a kernel by the names that TensorFlow.js gives them. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** The outputs of one kernel, from its inputs and attributes; `outputs` says their shapes and dtypes. */
export type LoweringRule = (
  lowering: Lowering,
  inputs: Inputs,
  attrs: Readonly<tf.NamedAttrMap>,
  outputs: readonly Value[],
) => Tensor | readonly Tensor[];

/** Rules by kernel name. */
export type LoweringRules = Readonly<Record<string, LoweringRule>>;

/** A rule from a function that is typed with the names of the kernel's own inputs and attributes. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the kernel is called with
export function rule<I extends object = Inputs, A extends object = object>(
  lower: (lowering: Lowering, inputs: I, attrs: A, outputs: readonly Value[]) => Tensor | readonly Tensor[],
): LoweringRule {
  // TensorFlow.js types neither: which names a kernel gets is its contract with the operation that calls it.
  return (lowering, inputs, attrs, outputs) => lower(lowering, inputs as I, attrs as A, outputs);
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
