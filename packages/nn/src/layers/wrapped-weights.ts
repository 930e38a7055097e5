/** @file What wrappers that normalise the weights of a layer share. */
import * as tf from "@tensorflow/tfjs-core";
import { GraphStructureError } from "../errors.ts";
import { formatPath, isVariable, type Path } from "../graph/kinds.ts";
import type { Module } from "../module/module.ts";
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
  // Only wrappers write these trees: what is above a leaf is a tree.
  for (const key of path.slice(0, -1)) node = (node[key] ??= {}) as VariableTree;
  node[path.at(-1)!] = variable;
}

/** The Variable at `path`. @throws GraphStructureError when there is none: the wrapped layer has changed since */
export function pluck(tree: VariableTree, path: Path, wrapper: object): Variable {
  let node: Variable | VariableTree | undefined = tree;
  for (const key of path) node = node === undefined || isVariable(node) ? undefined : node[key];
  if (isVariable(node)) return node;
  throw new GraphStructureError(
    `nothing was made for ${formatPath(path)}: the parameters of the wrapped layer must not change. ` +
      `Wrap the layer after its parameters are made.`,
    wrapper,
  );
}

/** `x / sqrt(sum(x²) + epsilon)`, the sum over `axes`, or all of them. Differentiable. */
export function l2Normalize(x: tf.Tensor, epsilon: number, axes?: number[]): tf.Tensor {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), axes, true), epsilon)));
}
