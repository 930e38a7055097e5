/** @file Metadata that comes with the first value of a Variable. */
import type * as tf from "@tensorflow/tfjs-core";
import type { VariableMetadata } from "./variable.ts";

const metadataOf = new WeakMap<tf.Tensor, VariableMetadata>();

/** Lets the Variable that is made from `value` have `metadata`. */
export function attachMetadata(value: tf.Tensor, metadata: VariableMetadata): void {
  metadataOf.set(value, { ...metadataOf.get(value), ...metadata });
}

/** What was attached to `value`. */
export function metadataFor(value: tf.Tensor): VariableMetadata | undefined {
  return metadataOf.get(value);
}
