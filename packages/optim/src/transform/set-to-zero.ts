/** @file Updates of nothing. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/** Zeros for all updates: what it is applied to stays as it is. @see optax.set_to_zero */
export function setToZero(): GradientTransformation<EmptyState> {
  const zeros = stateless((updates) => treeMap((update) => tf.zerosLike(update), updates));
  return madeBy(zeros, setToZero, []);
}
