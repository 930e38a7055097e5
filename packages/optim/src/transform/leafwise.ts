/** @file Several trees from several trees, leaf by leaf. */
import type { Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { mapLeaves, type Tree, type TreeOf } from "../tree.ts";

/**
 * As `treeMap`, for a function that gives several tensors or subtrees at each leaf: as many trees as it gives, each
 * of the structure of `tree`.
 *
 * @param fn gets the path of the leaf too, which is reused for the next one
 */
export function mapToMany<const N extends readonly TreeOf<tf.Tensor>[]>(
  fn: (path: Path, leaf: tf.Tensor, ...others: tf.Tensor[]) => N,
  tree: Tree,
  ...rest: Tree[]
): { [K in keyof N]: Tree } {
  const results: N[] = [];
  mapLeaves<tf.Tensor, void>((...args) => void results.push(fn(...args)), tree, rest);
  // Of a tree without leaves all results are that tree.
  const size = results[0]?.length ?? MOST;
  const trees = Array.from({ length: size }, (_, k) => {
    let next = 0;
    return mapLeaves<tf.Tensor, tf.Tensor>(() => results[next++]![k] as tf.Tensor, tree, []);
  });
  // One tree for each member of the results.
  return trees as { [K in keyof N]: Tree };
}

/** The most trees that any caller takes. */
const MOST = 8;
