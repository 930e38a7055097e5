/** @file How far two vectors point in one direction. */
import * as tf from "@tensorflow/tfjs-core";
import { type Axis, axesOf } from "../axes.ts";
import { assertFloatArgument } from "./checks.ts";
import { onlyWhere } from "../masking.ts";
import { maskFor } from "./masked.ts";

/** Options of {@link cosineSimilarity} and {@link cosineDistance}. */
export interface CosineOptions {
  /** The least squared norm of a vector to divide by. Default 0: a vector of zeros gives NaN. */
  epsilon?: number | undefined;
  /** The axis of the vectors, several, or `null` for all. Default -1. */
  axis?: Axis | undefined;
  /** Only where it is true do elements count; it broadcasts to the predictions, or is of their shape without the axes. */
  where?: tf.Tensor | undefined;
}

/**
 * The cosine of the angle between predictions and targets, from -1 to 1: `[..., n] → [...]`.
 *
 * @throws DtypeError when either is not float32; InvalidArgumentError for an axis that they do not have
 * @see optax.cosine_similarity
 */
export function cosineSimilarity(
  predictions: tf.Tensor,
  targets: tf.Tensor,
  { epsilon = 0, axis = -1, where }: CosineOptions = {},
): tf.Tensor {
  assertFloatArgument(predictions, "predictions", "cosineSimilarity");
  assertFloatArgument(targets, "targets", "cosineSimilarity");
  const axes = axesOf(axis, predictions.rank, "cosineSimilarity");
  const mask = maskFor(predictions, where, axes);
  const unit = (vectors: tf.Tensor) => {
    const shown = onlyWhere(vectors, mask, 0);
    const squared = tf.sum(tf.square(shown), axes, true);
    return tf.div(shown, tf.sqrt(epsilon > 0 ? tf.maximum(squared, epsilon) : squared));
  };
  return tf.sum(tf.mul(unit(predictions), unit(targets)), axes);
}

/**
 * `1 - cosineSimilarity(predictions, targets)`, from 0 to 2: `[..., n] → [...]`.
 *
 * @throws as {@link cosineSimilarity}
 * @see optax.cosine_distance
 */
export function cosineDistance(
  predictions: tf.Tensor,
  targets: tf.Tensor,
  options: CosineOptions = {},
): tf.Tensor {
  return tf.sub(1, cosineSimilarity(predictions, targets, options));
}
