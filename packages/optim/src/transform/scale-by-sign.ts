/** @file The signs of updates. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/** -1, 0 or 1: the sign of each element. @see optax.scale_by_sign; Bernstein et al., signSGD, 2018 */
export function scaleBySign(): GradientTransformation<EmptyState> {
  return madeBy(
    stateless((updates) => treeMap((update) => tf.sign(update), updates)),
    scaleBySign,
    [],
  );
}
