/** @file `findDuplicates`: what a node holds at several paths. */
import * as tf from "@tensorflow/tfjs-core";
import { childrenOf, isParent } from "./children.ts";
import { type Filter, toPredicate } from "./filters.ts";
import { isPytree, isVariable, type Key, type Path } from "./kinds.ts";

/** Options of {@link findDuplicates}. */
export interface FindDuplicatesOptions {
  /** Which paths count; it is asked with path and value. All of them by default. */
  only?: Filter | undefined;
}

/**
 * The paths of everything that `node` holds more than once (nodes, Variables, tensors): a list of paths for each, in
 * the order in which they are met. What is below a shared node is not listed by itself.
 *
 * ```ts
 * findDuplicates({ a: linear, b: linear }); // [[["a"], ["b"]]]
 * ```
 *
 * @see flax.nnx.find_duplicates
 */
export function findDuplicates(node: unknown, { only = true }: FindDuplicatesOptions = {}): Path[][] {
  const predicate = toPredicate(only);
  const pathsOf = new Map<unknown, Path[]>();
  const entered = new Set<unknown>();

  function visit(value: unknown, path: readonly Key[]): void {
    if (isPytree(value) || isVariable(value) || value instanceof tf.Tensor) {
      const paths = pathsOf.get(value) ?? [];
      if (predicate(path, value)) paths.push(path);
      const isNew = !pathsOf.has(value);
      pathsOf.set(value, paths);
      if (!isNew) return;
    }
    // Containers have no identity, but a cycle of them has to end.
    if (!isParent(value) || entered.has(value)) return;
    entered.add(value);
    for (const [key, child] of childrenOf(value)) visit(child, [...path, key]);
    if (!isPytree(value)) entered.delete(value);
  }

  visit(node, []);
  return [...pathsOf.values()].filter((paths) => paths.length > 1);
}
