/** @file The last step of an update by hand. */
import * as tf from "@tensorflow/tfjs-core";
import { type Tree, treeMap } from "./tree.ts";

/** New tensors `params + updates`. @see optax.apply_updates */
export function applyUpdates<T extends Tree>(params: T, updates: Tree): T {
  return treeMap((param, update) => tf.add(param, update), params, updates);
}
