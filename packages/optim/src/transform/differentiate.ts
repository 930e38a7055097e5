/** @file Gradients with respect to trees. */
import { InvalidArgumentError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { mapLeaves, type Tree, treeLeaves } from "../tree.ts";

/**
 * The value of a function of a tree, float32 `[]`, and its gradient, shaped as the tree: zeros for leaves that the
 * value does not depend on.
 *
 * @throws InvalidArgumentError when it gives no scalar
 */
export function valueAndGradient(
  fn: (tree: Tree) => tf.Tensor,
  at: Tree,
): [value: tf.Scalar, gradient: Tree] {
  // Copies, so that the same tensors elsewhere count as constants.
  const leaves = treeLeaves(at).map((leaf) => leaf.clone());
  const { value, grads } = tf
    .engine()
    .gradients(() => asLoss(fn(rebuild(at, leaves))), leaves, undefined, true);
  const gradients = leaves.map((leaf, i) => (grads[i] as tf.Tensor | null) ?? tf.zerosLike(leaf));
  return [value, rebuild(at, gradients)];
}

/** The gradient alone. */
export function gradientOf(fn: (tree: Tree) => tf.Tensor, at: Tree): Tree {
  return valueAndGradient(fn, at)[1];
}

function rebuild(like: Tree, leaves: readonly tf.Tensor[]): Tree {
  let next = 0;
  return mapLeaves<tf.Tensor, tf.Tensor>(() => leaves[next++]!, like, []);
}

function asLoss(value: unknown): tf.Scalar {
  // A tensor without dimensions is a scalar.
  if (value instanceof tf.Tensor && value.rank === 0) return value as tf.Scalar;
  const found = value instanceof tf.Tensor ? `a tensor [${value.shape.join(", ")}]` : typeof value;
  throw new InvalidArgumentError(
    `valueFn: expected the loss as a scalar tensor, got ${found}. Write (params) => tf.mean(losses).`,
  );
}
