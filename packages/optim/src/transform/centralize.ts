/** @file Gradients without their mean. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/**
 * Of every update of two dimensions or more, less its mean over all axes but the first.
 *
 * @see optax.centralize; Yong et al., Gradient centralization, 2020
 */
export function centralize(): GradientTransformation<EmptyState> {
  const centred = stateless((updates) =>
    treeMap((update) => {
      if (update.rank < 2) return update;
      const axes = update.shape.slice(1).map((_, i) => i + 1);
      return tf.sub(update, tf.mean(update, axes, true));
    }, updates),
  );
  return madeBy(centred, centralize, []);
}
