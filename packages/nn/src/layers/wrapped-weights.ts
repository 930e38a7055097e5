/** @file What wrappers that normalise the weights of a layer share. */
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError } from "../errors.ts";
import { childOf, setChild } from "../graph/children.ts";
import { formatPath, isContainer, isVariable, type Path } from "../graph/kinds.ts";
import type { Module } from "../module/module.ts";
import { withValues } from "../variable/access.ts";
import type { Variable } from "../variable/variable.ts";

/** A Module that a wrapper can call. */
export type WrappedModule = Module & { forward(...args: never[]): unknown };

/** Variables that belong to weights of the wrapped layer, nested as the paths of those are. */
export interface VariableTree {
  [key: string]: Variable | VariableTree;
}

/** Puts `variable` at `path`. */
export function plant(tree: VariableTree, path: Path, variable: Variable): void {
  let node = tree;
  for (const key of path.slice(0, -1)) {
    // Only wrappers write these trees: what is above a leaf is a tree.
    const below = (childOf(node, key) ?? {}) as VariableTree;
    setChild(node, key, below);
    node = below;
  }
  setChild(node, path.at(-1)!, variable);
}

/** The Variable at `path`. @throws GraphStructureError when there is none: the wrapped layer has changed since */
export function pluck(tree: VariableTree, path: Path, wrapper: object): Variable {
  let node: unknown = tree;
  for (const key of path) node = isContainer(node) ? childOf(node, key) : undefined;
  if (isVariable(node)) return node;
  throw new GraphStructureError(
    `nothing was made for ${formatPath(path)}: the parameters of the wrapped layer must not change. ` +
      `Wrap the layer after its parameters are made.`,
    wrapper,
  );
}

/**
 * Calls a layer with other weights. Those that may be written, and are not frozen, have them for good; for the others
 * they only stand in while the layer is called.
 */
export function callWithWeights<T>(
  weights: readonly (readonly [weight: Variable, value: tf.Tensor])[],
  writes: boolean,
  call: () => T,
): T {
  const standIns = new Map<Variable, tf.Tensor>();
  for (const [weight, value] of weights) {
    if (writes && !weight.isFrozen) weight.value = value;
    else standIns.set(weight, value);
  }
  return withValues(standIns, call);
}

/** `x / sqrt(sum(x²) + epsilon)`, the sum over `axes`, or all of them. Differentiable. */
export function l2Normalize(x: tf.Tensor, epsilon: number, axes?: number[]): tf.Tensor {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), axes, true), epsilon)));
}
