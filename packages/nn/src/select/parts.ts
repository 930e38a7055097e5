/** @file The parts of a model that can be selected. */
import type * as tf from "@tensorflow/tfjs-core";
import { comparePaths } from "../graph/children.ts";
import { visitGraph } from "../graph/iterate.ts";
import type { Located } from "../graph/matching.ts";
import type { Pytree } from "../module/pytree.ts";
import type { Variable } from "../variable/variable.ts";

/** What a selection can hold: modules and other nodes, Variables, and tensors that are plain attributes. */
export type Part = Pytree | Variable | tf.Tensor;

/** The parts of `model`, itself included, each once under its first path, sorted by path. */
export function partsOf(model: unknown): Located<Part>[] {
  const parts = new Map<unknown, Located<Part>>();
  for (const [path, value, kind] of visitGraph(model)) {
    if (kind !== "static" && kind !== "container" && !parts.has(value))
      parts.set(value, [path, value as Part]);
  }
  return [...parts.values()].sort(([a], [b]) => comparePaths(a, b));
}
