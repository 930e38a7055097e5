/** @file Updates times a number. */
import * as tf from "@tensorflow/tfjs-core";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/** Updates times `stepSize`. @see optax.scale */
export function scale(stepSize: number): GradientTransformation<EmptyState> {
  return stateless((updates) => {
    const factor = tf.scalar(stepSize);
    return treeMap((update) => tf.mul(update, factor), updates);
  });
}
