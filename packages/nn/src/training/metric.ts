/** @file The base class of metrics. */
import * as tf from "@tensorflow/tfjs-core";
import { full, noGradient } from "@nnx-js/tensor";
import { assertFunction } from "../function-argument.ts";
import { Pytree } from "../module/pytree.ts";
import type { Variable } from "../variable/variable.ts";

/**
 * A figure that is gathered over many batches. It is a node of the graph: its `MetricState` Variables are seen by
 * `split`, `state` and `clone`, and nothing is read back before somebody reads what `compute` gives.
 *
 * A metric of one's own extends it with three methods; `update` takes one object, so that a `MultiMetric` can hand
 * the same one to all.
 *
 * @see flax.nnx.Metric
 */
export abstract class Metric extends Pytree {
  static override readonly name: string = "Metric";
  /** Starts anew. */
  abstract reset(): void;

  /** Adds one batch. */
  abstract update(updates: never): void;

  /** The figure so far; its tensors belong to the caller. */
  abstract compute(): unknown;
}

/**
 * Gives each of `variables` the value that `next` computes for it, as `update` of a metric does: no gradient flows
 * through, and nothing else that `next` makes is left.
 *
 * ```ts
 * setValues([this.total], () => [tf.add(this.total.value, tf.sum(losses))]);
 * ```
 *
 * @throws InvalidArgumentError for what is no function
 */
export function setValues(variables: readonly Variable[], next: () => readonly tf.Tensor[]): void {
  assertFunction(next, "setValues", "setValues([variable], () => [tensor])");
  noGradient(() =>
    tf.tidy(() => {
      for (const [i, value] of next().entries()) variables[i]!.value = value;
    }),
  );
}

/** Zeros, of the dtypes that `variables` have. */
export function zerosFor(variables: readonly Variable[]): tf.Tensor[] {
  return variables.map(({ dtype }) => full([], 0, dtype === "int32" ? "int32" : "float32"));
}
