/** @file Weight decay. */
import { madeBy, MissingArgumentError, type Path } from "@nnx-js/nn";
import { linearCombination } from "@nnx-js/tensor";
import type * as tf from "@tensorflow/tfjs-core";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { mapLeaves, type Tree } from "../tree.ts";
import { frozenMask, isSelected, type Mask } from "./mask.ts";

/** Options of {@link addDecayedWeights}. */
export interface DecayOptions {
  /** Which parameters decay: a tree of booleans, or a function from the parameters to one. Default: all. */
  mask?: Mask | undefined;
}

/**
 * `update + weightDecay * param`.
 *
 * ```ts
 * // biases and scales do not decay
 * addDecayedWeights(1e-4, { mask: (params) => treeMapWithPath((path) => path.at(-1) === "kernel", params) });
 * ```
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.add_decayed_weights; Loshchilov and Hutter, Decoupled weight decay regularization, 2017
 */
export function addDecayedWeights(
  weightDecay: number,
  { mask = true }: DecayOptions = {},
): GradientTransformation<EmptyState> {
  const fixed = frozenMask(mask);
  const decayed = stateless((updates, params?: Tree) => {
    if (params === undefined) {
      throw new MissingArgumentError(
        `addDecayedWeights: expected the parameters, got none. Write tx.update(updates, state, params).`,
      );
    }
    const chosen = typeof fixed === "function" ? fixed(params) : fixed;
    const decay = (path: Path, update: tf.Tensor, param: tf.Tensor) =>
      isSelected(chosen, path) ? linearCombination(1, update, weightDecay, param) : update;
    // The structure of the updates is kept, and tensors stay tensors.
    return mapLeaves<tf.Tensor, tf.Tensor>(decay, updates, [params]) as typeof updates;
  });
  return madeBy(decayed, addDecayedWeights, [weightDecay, fixed]);
}
