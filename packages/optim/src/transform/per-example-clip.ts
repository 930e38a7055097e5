/** @file Gradients of single examples kept within bounds before they are summed. */
import { formatPath, type Path, ShapeMismatchError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter } from "../hyperparameter.ts";
import { mapLeaves, type Tree, treeLeaves, treeMap } from "../tree.ts";
import { NOT_NEGATIVE } from "../ranges.ts";
import { assertInRange } from "../checked-arguments.ts";

/**
 * The sum of the gradients of single examples, each shortened to `l2NormClip`, and how many were shortened.
 *
 * @param grads tensors `[examples, ...shape]`
 * @returns tensors `[...shape]`, and an int32 scalar
 * @throws ShapeMismatchError when the first dimensions differ
 * @see optax.per_example_global_norm_clip; Abadi et al., Deep learning with differential privacy, 2016
 */
export function perExampleGlobalNormClip<T extends Tree>(
  grads: T,
  l2NormClip: Hyperparameter,
): [sum: T, clipped: tf.Scalar] {
  assertInRange(l2NormClip, NOT_NEGATIVE, "l2NormClip", "perExampleGlobalNormClip");
  assertExamples(grads);
  const squares = treeLeaves(grads).map((grad) => tf.sum(tf.square(rowsOf(grad)), 1));
  const norms = tf.sqrt(squares.reduce((sum, next) => tf.add(sum, next), tf.scalar(0)));
  const shares = tf.minimum(tf.div(l2NormClip, norms), 1);
  // Nothing divided by nothing: an example without a gradient stays as it is.
  const factors = tf.where(tf.isNaN(shares), tf.onesLike(shares), shares);
  const sum = treeMap((grad) => {
    const weighted = tf.mul(rowsOf(grad), tf.reshape(factors, [-1, 1]));
    return tf.reshape(tf.sum(weighted, 0), grad.shape.slice(1));
  }, grads);
  return [sum, tf.sum(tf.cast(tf.less(factors, 1), "int32"))];
}

function rowsOf(grad: tf.Tensor): tf.Tensor {
  return tf.reshape(grad, [grad.shape[0], tf.util.sizeFromShape(grad.shape.slice(1))]);
}

function assertExamples(grads: Tree): void {
  let examples: number | undefined;
  mapLeaves(
    (path: Path, { shape }: tf.Tensor) => {
      examples ??= shape[0];
      if (shape.length > 0 && shape[0] === examples) return;
      throw new ShapeMismatchError(
        `perExampleGlobalNormClip: expected gradients of single examples, [${examples ?? "examples"}, ...shape], got ` +
          `[${shape.join(", ")}] for ${formatPath(path)}. Stack the gradients of the examples along a first axis.`,
      );
    },
    grads,
    [],
  );
}
