/** @file What the derivative of a kernel in a direction is. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Dual } from "../../../trace/call.ts";
import type { Graph } from "../../../trace/graph.ts";

/** One launch of a kernel. */
export interface JvpNode {
  readonly kernelName: string;
  /** By TensorFlow.js's names of them; lists are numbered "0", "1", … */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  /** What each input changes by; undefined for what does not change. At least one is there. */
  readonly tangents: Readonly<Record<string, tf.Tensor | undefined>>;
  readonly attrs: Readonly<tf.NamedAttrMap>;
  /** What the kernel gives; it runs when this is read first. */
  readonly outputs: readonly tf.Tensor[];
}

/** What each output changes by, in differentiable operations; or that together with the outputs. */
export type JvpRule = (node: JvpNode) => readonly (tf.Tensor | undefined)[] | Dual;

/** Runs a graph with its derivative. */
export type RunJvp = (
  graph: Graph,
  primals: readonly tf.Tensor[],
  tangents: readonly (tf.Tensor | undefined)[],
) => Dual;

/** Rules by kernel name. */
export type JvpRules = Readonly<Record<string, JvpRule>>;

/** The same rule under several kernel names. */
export function share(names: readonly string[], rule: JvpRule): JvpRules {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** The sum of what is there; undefined for nothing. */
export function total(
  terms: readonly (tf.Tensor | undefined)[],
  add: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): tf.Tensor | undefined {
  return terms.reduce((sum, term) => (sum && term ? add(sum, term) : (sum ?? term)), undefined);
}
