/** @file Choosing between two trees by a condition on the device, instead of branching on it. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Tree, treeLeaves, treeMap } from "../tree.ts";

/** `yes` where `condition`, a bool scalar, holds, `no` elsewhere; what is not chosen may be NaN. */
export function selectTree<T extends Tree>(condition: tf.Tensor, yes: T, no: Tree): T {
  return treeMap((a, b) => (a === b ? a : tf.where(condition, a, b)), yes, no);
}

/** A tree of zeros of the same shapes. */
export function zerosLikeTree<T extends Tree>(tree: T): T {
  return treeMap((leaf) => tf.zerosLike(leaf), tree);
}

/** Whether no element of any leaf is NaN or infinite, bool `[]`. */
export function isFiniteTree(tree: Tree): tf.Scalar {
  return treeLeaves(tree)
    .filter((leaf) => leaf.size > 0)
    .map((leaf) => tf.all<tf.Scalar>(tf.isFinite(leaf)))
    .reduce((all, next) => tf.logicalAnd(all, next), tf.scalar(true, "bool"));
}

/**
 * A condition as a bool scalar.
 *
 * @throws InvalidArgumentError for what is neither a boolean nor a bool scalar, on behalf of `caller`
 */
export function asCondition(value: unknown, caller: string, example: string): tf.Scalar {
  if (typeof value === "boolean") return tf.scalar(value, "bool");
  // A tensor without dimensions is a scalar.
  if (value instanceof tf.Tensor && value.rank === 0 && value.dtype === "bool") return value as tf.Scalar;
  const found =
    value instanceof tf.Tensor ? `a ${value.dtype} tensor [${value.shape.join(", ")}]` : `a ${typeof value}`;
  throw new InvalidArgumentError(
    `${caller}: expected true, false or a bool scalar tensor, got ${found}. For instance ${example}.`,
  );
}
