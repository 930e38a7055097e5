/** @file Trees of plain objects from paths, and back. */
import { formatPath, GraphStructureError, type Path, setChild } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Tree } from "./tree.ts";

interface Branch {
  [key: string]: Branch | tf.Tensor;
}

/**
 * The tensors as nested plain objects; indices of lists become keys. The path `[]` stands for a single tensor.
 *
 * @throws GraphStructureError for two paths that differ only by an index and a name of the same spelling
 */
export function nest(entries: readonly (readonly [path: Path, tensor: tf.Tensor])[]): Tree {
  const root: Branch = {};
  for (const [path, tensor] of entries) {
    if (path.length === 0) return tensor;
    let branch = root;
    for (const key of path.slice(0, -1)) {
      if (!Object.hasOwn(branch, key)) setChild(branch, key, {});
      // Paths end at leaves, so what stands at the beginning of a path is a branch.
      branch = branch[key] as Branch;
    }
    const key = path.at(-1)!;
    if (Object.hasOwn(branch, key)) {
      throw new GraphStructureError(
        `Optimizer: two parameters are called ${formatPath(path)}, one by an index and one by a name. Rename one.`,
      );
    }
    setChild(branch, key, tensor);
  }
  return root;
}

/** The tensor that {@link nest} put at `path`. */
export function leafAt(tree: Tree, path: Path): tf.Tensor {
  let node: unknown = tree;
  for (const key of path) node = (node as Record<string | number, unknown>)[key];
  // The tree was made from this path, and its structure was kept.
  return node as tf.Tensor;
}
