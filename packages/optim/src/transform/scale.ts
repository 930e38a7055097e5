/** @file Updates times a number. */
import { assertHyperparameter, type Hyperparameter } from "../hyperparameter.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/** Updates times `stepSize`. @see optax.scale */
export function scale(stepSize: Hyperparameter): GradientTransformation<EmptyState> {
  assertHyperparameter(stepSize, "stepSize", "scale");
  const scaled = stateless((updates) => {
    const factor = typeof stepSize === "number" ? tf.scalar(stepSize) : stepSize;
    return treeMap((update) => tf.mul(update, factor), updates);
  });
  return madeBy(scaled, scale, [stepSize]);
}
