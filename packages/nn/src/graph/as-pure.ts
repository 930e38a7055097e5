/** @file `asPure`: raw tensors instead of Variables. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Variable } from "../variable/variable.ts";
import { copyWith } from "./copy.ts";
import { cover, coverageOf } from "./coverage.ts";
import { State } from "./state.ts";

/** `T` with the tensor of each Variable in its place. */
export type Pure<T> =
  T extends Variable<infer V>
    ? V
    : T extends State
      ? State<tf.Tensor>
      : T extends tf.Tensor | ((...args: never[]) => unknown)
        ? T
        : T extends object
          ? { [K in keyof T]: Pure<T[K]> }
          : T;

/**
 * A copy of `tree` with the tensor of each Variable in its place: of a State, an array, an object of Variables, or a
 * model (whose methods then have no Variables to work on). The tensors are borrowed: they belong to the Variables.
 *
 * ```ts
 * asPure({ kernel: layer.kernel }).kernel; // a tensor
 * asPure(state(model, Param)); // a State of tensors
 * ```
 *
 * @see flax.nnx.as_pure
 */
export function asPure<T>(tree: T): Pure<T> {
  const pure = (value: unknown): unknown => {
    if (!(value instanceof State)) {
      return copyWith(value, { variable: (variable) => variable.value, tensor: (tensor) => tensor });
    }
    const tensors = new State(value.entries.map(([path, leaf]) => [path, pure(leaf) as tf.Tensor]));
    return cover(tensors, coverageOf(value));
  };
  // The structure of T with tensors for Variables.
  return pure(tree) as Pure<T>;
}
