/** @file Branches that some lanes take and others do not: gradients pass through what is taken only. */
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { Body } from "../../../trace/control/body.ts";
import type { Graph } from "../../../trace/graph.ts";
import { chosenBy, inLanes } from "../operands.ts";
import type { Batched } from "../rule.ts";

/**
 * Operands of which lanes take different branches. Where the gradient of one may be NaN, also what lanes share has one for
 * each: see {@link onlyWhere}.
 */
export function apartWhere(branches: readonly Body[], operands: readonly Batched[], size: number): Batched[] {
  const isApart = branches.some(({ graph }) => isSteep(graph));
  return operands.map((operand) =>
    isApart && !operand.isBatched && operand.tensor.dtype === "float32"
      ? { tensor: inLanes(operand, size), isBatched: true }
      : operand,
  );
}

/**
 * Operands of a branch, through which gradients pass in the lanes that take it: those of the others may be NaN there, and
 * are so after a product with zero.
 */
export function onlyWhere(isTaken: tf.Tensor, operands: readonly Batched[]): tf.Tensor[] {
  return operands.map(({ tensor, isBatched }) =>
    isBatched && tensor.dtype === "float32" ? chosenBy(isTaken, tensor, stopGradient(tensor)) : tensor,
  );
}

/** Kernels whose derivative is infinite, or NaN, for some numbers. */
const STEEP: ReadonlySet<string> = new Set([
  tf.Acos,
  tf.Acosh,
  tf.Asin,
  tf.Atanh,
  tf.Cosh,
  tf.Exp,
  tf.Expm1,
  tf.Log,
  tf.Log1p,
  tf.Pow,
  tf.RealDiv,
  tf.Reciprocal,
  tf.Rsqrt,
  tf.Sinh,
  tf.Sqrt,
  tf.Tan,
]);

/** Whether a graph has such kernels, at any depth. */
function isSteep({ nodes }: Graph): boolean {
  const isInside = (value: unknown): boolean =>
    value instanceof Body ? isSteep(value.graph) : Array.isArray(value) && value.some(isInside);
  return nodes.some(({ kernelName, attrs }) => STEEP.has(kernelName) || Object.values(attrs).some(isInside));
}
