/** @file Gradients of single examples, clipped one by one. */
import { mapState, type State, Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The mean of gradients per example, of which each is scaled so that its norm over all Variables is at most `clip`.
 *
 * @param grads of `vmap(grad(loss), …)`: each Variable has an axis of examples in front
 */
export function clippedMean(grads: State<Variable>, clip: number): State<Variable> {
  const gradients = grads.entries.map(([, { value }]) => value);
  const examples = gradients[0]!.shape[0];
  const squares = gradients.map((value) => tf.sum(tf.square(tf.reshape(value, [examples, -1])), 1));
  const norms = tf.sqrt(tf.addN(squares));
  const weights = tf.div(tf.minimum(tf.divNoNan(clip, norms), 1), examples);
  return mapState((_path, { value }) => {
    const ones = value.shape.slice(1).map(() => 1);
    // Compiled, this is one product of matrices, and the gradients of single examples are never in memory.
    return new Variable(tf.sum(tf.mul(value, tf.reshape(weights, [examples, ...ones])), 0));
  }, grads);
}
