/** @file Random numbers in the shapes of a tree, with the bits of JAX. */
import * as random from "@nnx-js/tensor/random";
import type * as tf from "@tensorflow/tfjs-core";
import { mapLeaves, type Tree } from "../tree.ts";

/**
 * What `draw` gives for each leaf, with a key of its own; keys go to leaves in the order of JAX, which sorts names.
 *
 * @see optax.tree.random_like
 */
export function randomLike<T extends Tree>(
  key: tf.Tensor,
  tree: T,
  draw: (key: tf.Tensor, leaf: tf.Tensor) => tf.Tensor,
): T {
  const places: (readonly (string | number)[])[] = [];
  mapLeaves<tf.Tensor, void>((path) => void places.push([...path]), tree, []);
  if (places.length === 0) return tree;
  const rank = new Map(places.sort(comparePaths).map((path, i) => [path.join("\0"), i]));
  const keys = random.split(key, places.length);
  const drawn = mapLeaves<tf.Tensor, tf.Tensor>(
    (path, leaf) => draw(random.take(keys, rank.get(path.join("\0"))!), leaf),
    tree,
    [],
  );
  // The structure is kept.
  return drawn as T;
}

function comparePaths(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  // Leaves have no leaves below them, so paths differ before one ends.
  const i = a.findIndex((key, place) => key !== b[place]);
  if (i < 0) return 0;
  const [x, y] = [Number(a[i]), Number(b[i])];
  // Indices of lists are names in the trees of an Optimizer.
  if (Number.isInteger(x) && Number.isInteger(y)) return x - y;
  return String(a[i]) < String(b[i]) ? -1 : 1;
}
