/** @file Which gradients are not gathered. */
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter } from "../hyperparameter.ts";
import { type Tree, treeLeaves } from "../tree.ts";
import { NOT_NEGATIVE } from "../ranges.ts";
import { assertInRange } from "../checked-arguments.ts";

/**
 * Decides whether `MultiSteps` leaves gradients out: a bool scalar tensor, and a tree of tensors about the reasons,
 * which is kept in the state as `skipState`.
 *
 * @param updates the gradients
 * @param gradientStep the number of updates of the inner transformation so far: int32 `[]`
 */
export type ShouldSkipUpdateFunction<K extends Tree = Tree> = (
  updates: Tree,
  gradientStep: tf.Scalar,
  params: Tree | undefined,
) => [shouldSkip: tf.Tensor, skipState: K];

/** What {@link skipNotFinite} remembers: whether it skipped, and how many elements are NaN or infinite (int32 `[]`). */
export type SkipNotFiniteState = { readonly shouldSkip: tf.Tensor; readonly numNotFinite: tf.Tensor };

/** Leaves out gradients of which an element is NaN or infinite. @see optax.skip_not_finite */
export function skipNotFinite(updates: Tree): [shouldSkip: tf.Tensor, skipState: SkipNotFiniteState] {
  const numNotFinite = treeLeaves(updates)
    .filter((leaf) => leaf.size > 0)
    .map((leaf) => tf.sum<tf.Scalar>(tf.cast(tf.logicalNot(tf.isFinite(leaf)), "int32")))
    .reduce((sum, next) => tf.add(sum, next), tf.scalar(0, "int32"));
  const shouldSkip = tf.greater(numNotFinite, tf.scalar(0, "int32"));
  return [shouldSkip, { shouldSkip, numNotFinite }];
}

/** What {@link skipLargeUpdates} remembers: whether it skipped, and the sum of all squares (float32 `[]`). */
export type SkipLargeUpdatesState = { readonly shouldSkip: tf.Tensor; readonly normSquared: tf.Tensor };

/**
 * Leaves out gradients whose sum of squares is not below `maxSquaredNorm`, or NaN.
 *
 * ```ts
 * const shouldSkipUpdateFn: ShouldSkipUpdateFunction = (updates, step, params) =>
 *   skipLargeUpdates(updates, step, params, 100);
 * ```
 *
 * @see optax.skip_large_updates
 */
export function skipLargeUpdates(
  updates: Tree,
  _gradientStep: tf.Tensor,
  _params: Tree | undefined,
  maxSquaredNorm: Hyperparameter,
): [shouldSkip: tf.Tensor, skipState: SkipLargeUpdatesState] {
  assertInRange(maxSquaredNorm, NOT_NEGATIVE, "maxSquaredNorm", "skipLargeUpdates");
  const normSquared = treeLeaves(updates)
    .map((leaf) => tf.sum<tf.Scalar>(tf.square(leaf)))
    .reduce((sum, next) => tf.add(sum, next), tf.scalar(0));
  const shouldSkip = tf.logicalNot(tf.less(normSquared, maxSquaredNorm));
  return [shouldSkip, { shouldSkip, normSquared }];
}
