/** @file Updates that are left out where gradients are NaN or infinite. */
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertInRange } from "../checked-arguments.ts";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { isFiniteTree, selectTree, zerosLikeTree } from "./select.ts";
import { WHOLE } from "../ranges.ts";

/** The state of {@link applyIfFinite}. */
export type ApplyIfFiniteState<S extends Tree = Tree> = {
  /** How many updates in a row were not finite: int32 `[]`. */
  readonly notfiniteCount: tf.Tensor;
  /** Whether the last one was finite: bool `[]`. */
  readonly lastFinite: tf.Tensor;
  /** How many were not finite altogether: int32 `[]`. */
  readonly totalNotfinite: tf.Tensor;
  readonly innerState: S;
};

/**
 * `inner` for updates that are finite altogether; in place of others zeros, which change no state. After
 * `maxConsecutiveErrors` of those in a row the next is taken as it is, so that a run that has diverged is seen.
 *
 * @see optax.apply_if_finite
 */
export function applyIfFinite<S extends Tree>(
  inner: GradientTransformation<S>,
  maxConsecutiveErrors: number,
): GradientTransformation<ApplyIfFiniteState<S>> {
  assertTransformation(inner, "applyIfFinite", "applyIfFinite(adam(1e-3), 5)");
  assertInRange(maxConsecutiveErrors, WHOLE, "maxConsecutiveErrors", "applyIfFinite");
  const transformation: GradientTransformation<ApplyIfFiniteState<S>> = {
    init: (params) => ({
      notfiniteCount: tf.scalar(0, "int32"),
      lastFinite: tf.scalar(true, "bool"),
      totalNotfinite: tf.scalar(0, "int32"),
      innerState: inner.init(params),
    }),
    update(updates, state, params, args) {
      const isFinite = isFiniteTree(updates);
      const inRow = random.increment(state.notfiniteCount);
      const notfiniteCount = tf.where(isFinite, tf.scalar(0, "int32"), inRow);
      const isPatient = tf.lessEqual(notfiniteCount, tf.scalar(maxConsecutiveErrors));
      const isTaken = tf.logicalOr(isFinite, tf.logicalNot(isPatient));
      const [changed, innerState] = inner.update(updates, state.innerState, params, args);
      const total = random.increment(state.totalNotfinite);
      return [
        selectTree(isTaken, changed, zerosLikeTree(changed)),
        {
          notfiniteCount,
          lastFinite: isFinite,
          totalNotfinite: tf.where(isFinite, state.totalNotfinite, total),
          innerState: selectTree(isTaken, innerState, state.innerState),
        },
      ];
    },
  };
  return madeBy(transformation, applyIfFinite, [inner, maxConsecutiveErrors]);
}
