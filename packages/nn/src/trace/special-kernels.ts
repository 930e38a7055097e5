/** @file Kernels that no backend has: they say how a graph is to be read. */
import { registerShapeRule, stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { isFused, unfused } from "./unfused.ts";

/** `x`, which is a constant for derivatives. */
export const STOP_GRADIENT = "StopGradient";

/** Runs what a node of a graph stands for, on tensors; inside of a trace it is recorded. */
export type Interpret = (
  inputs: readonly tf.Tensor[],
  attrs: Readonly<tf.NamedAttrMap>,
) => tf.Tensor | readonly tf.Tensor[];

const interpreters = new Map<string, Interpret>();

/** Says what a kernel that no backend has does when a graph is replayed. */
export function interpretKernel(kernelName: string, interpret: Interpret): void {
  interpreters.set(kernelName, interpret);
}

/**
 * Runs one node of a graph: a kernel of the active backend, or what only graphs have. The kernel sees its inputs under
 * the names that it has for them; a list is numbered.
 */
export function launchKernel(
  kernelName: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<tf.NamedAttrMap>,
): tf.Tensor[] {
  if (isFused(kernelName) && tf.engine().state.gradientDepth > 0) return [unfused(kernelName, inputs, attrs)];
  const interpret = interpreters.get(kernelName);
  const names = Object.keys(inputs);
  const given = names[0] === "0" ? (Object.values(inputs) as unknown as tf.NamedTensorMap) : { ...inputs };
  const results = interpret
    ? interpret(Object.values(inputs), attrs)
    : tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernelName, given, attrs);
  return Array.isArray(results) ? results : [results as tf.Tensor];
}

registerShapeRule(STOP_GRADIENT, ({ x }) => ({ shape: [...x.shape], dtype: x.dtype }));
interpretKernel(STOP_GRADIENT, ([x]) => stopGradient(x!));
