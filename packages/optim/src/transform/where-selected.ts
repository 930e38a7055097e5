/** @file A leafwise transformation of some parameters. */
import { madeBy, type Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import { mapLeaves, type Tree } from "../tree.ts";
import { frozenMask, isSelected, type Mask } from "./mask.ts";
import { requireParams } from "./required.ts";

/** What `inner`, which has no state and looks at one leaf at a time, does to what `mask` selects. */
export function whereSelected(
  inner: GradientTransformation<EmptyState>,
  mask: Mask,
): GradientTransformation<EmptyState> {
  const fixed = frozenMask(mask);
  const transformation: GradientTransformation<EmptyState> = {
    init: () => ({}),
    update(updates, state, params, args) {
      const [transformed] = inner.update<Tree>(updates, {}, params, args);
      const chosen = typeof fixed === "function" ? fixed(requireParams(params, "mask")) : fixed;
      const choose = (path: Path, update: tf.Tensor, next: tf.Tensor) =>
        isSelected(chosen, path) ? next : update;
      // The structure of the updates is kept, and tensors stay tensors.
      return [mapLeaves<tf.Tensor, tf.Tensor>(choose, updates, [transformed]) as typeof updates, state];
    },
  };
  return madeBy(transformation, whereSelected, [inner, fixed]);
}
