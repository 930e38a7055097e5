/** @file What a shape rule is: a kernel's output shape and dtype from those of its inputs, no values. */
import type { Attribute, DataType } from "@tensorflow/tfjs-core";
import type { TensorSpec } from "../kernels/shapes.ts";

/** An input of a kernel: a tensor, or whatever else has a shape and a dtype. */
export interface Operand {
  shape: number[];
  dtype: DataType;
}

/** The inputs of a kernel, by the names that TensorFlow.js gives them; lists are numbered "0", "1", … */
export type ShapeRuleInputs = Readonly<Record<string, Operand | undefined>>;

/** The attributes of a kernel, as TensorFlow.js hands them to it. */
export type ShapeRuleAttrs = Readonly<Record<string, Attribute | undefined>>;

/**
 * Infers the outputs of one kernel: one `TensorSpec`, or a list for a kernel with several outputs.
 * Throws, as the kernel itself does, when the inputs do not fit together.
 */
export type ShapeRule = (
  inputs: ShapeRuleInputs,
  attrs: ShapeRuleAttrs,
) => TensorSpec | readonly TensorSpec[];

/** Shape rules by kernel name. */
export type ShapeRules = Readonly<Record<string, ShapeRule>>;

/** A rule from a function that is typed with the names of the kernel's own inputs and attributes. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the kernel is called with
export function rule<Inputs extends object, Attrs extends object = object>(
  infer: (inputs: Inputs, attrs: Attrs) => TensorSpec | readonly TensorSpec[],
): ShapeRule {
  // TensorFlow.js types neither: which names a kernel gets is its contract with the operation that calls it.
  return (inputs, attrs) => infer(inputs as Inputs, attrs as Attrs);
}

/** Inputs of a kernel with one input `x`. */
export interface X {
  x: Operand;
}

/** Inputs of a kernel with two operands. */
export interface AB {
  a: Operand;
  b: Operand;
}

/** The shape and dtype of `operand`, with some parts replaced. */
export function specOf(operand: Operand, { shape = operand.shape, dtype = operand.dtype } = {}): Operand {
  return { shape: [...shape], dtype };
}

/** The same rule under several kernel names. */
export function share(names: readonly string[], shared: ShapeRule): ShapeRules {
  return Object.fromEntries(names.map((name) => [name, shared]));
}
