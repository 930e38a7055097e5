/** @file All parameters as one vector. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import { type Tree, treeLeaves, treeMap } from "../tree.ts";

/**
 * `inner` on all parameters as one vector, which spares launches where there are many small ones. What looks at the
 * shape of a parameter, or at one alone, sees that vector.
 *
 * @see optax.flatten
 */
export function flatten<S extends Tree>(inner: GradientTransformation<S>): GradientTransformation<S> {
  assertTransformation(inner, "flatten", "flatten(adam(1e-3))");
  const transformation: GradientTransformation<S> = {
    init: (params) => inner.init(vectorOf(params)),
    update(updates, state, params, args) {
      const [changed, next] = inner.update(vectorOf(updates), state, params && vectorOf(params), args);
      return [piecesOf(changed, updates), next];
    },
  };
  return madeBy(transformation, flatten, [inner]);
}

function vectorOf(tree: Tree): tf.Tensor1D {
  const vectors = treeLeaves(tree).map((leaf) => tf.reshape<tf.Rank.R1>(leaf, [leaf.size]));
  return vectors.length === 0 ? tf.zeros([0]) : tf.concat1d(vectors);
}

function piecesOf<T extends Tree>(vector: tf.Tensor1D, tree: T): T {
  let begin = 0;
  return treeMap(({ size, shape }) => {
    const piece = tf.slice1d(vector, begin, size);
    begin += size;
    return tf.reshape(piece, shape);
  }, tree);
}
