/** @file Updates kept within bounds. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { scaledNorm } from "../global-norm.ts";
import { type Hyperparameter, negative } from "../hyperparameter.ts";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { NOT_NEGATIVE } from "../ranges.ts";
import { assertInRange } from "../checked-arguments.ts";

/** Each element kept within `[-maxDelta, maxDelta]`; NaN stays NaN. @see optax.clip */
export function clip(maxDelta: Hyperparameter): GradientTransformation<EmptyState> {
  assertInRange(maxDelta, NOT_NEGATIVE, "maxDelta", "clip");
  const clipping = stateless((updates) =>
    treeMap((update) => {
      const clipped =
        typeof maxDelta === "number"
          ? tf.clipByValue(update, -maxDelta, maxDelta)
          : tf.minimum(tf.maximum(update, negative(maxDelta)), maxDelta);
      // clipByValue turns NaN into a bound on some backends, which would hide a diverged loss.
      return tf.where(tf.isNaN(update), update, clipped);
    }, updates),
  );
  return madeBy(clipping, clip, [maxDelta]);
}

/**
 * All updates scaled together so that their `globalNorm` is at most `maxNorm`; others are unchanged, zeros too where
 * `maxNorm` is 0 (Optax: NaN). Updates of any size are clipped: their norm may be too large for float32.
 *
 * @see optax.clip_by_global_norm; Pascanu et al., On the difficulty of training recurrent neural networks, 2012
 */
export function clipByGlobalNorm(maxNorm: Hyperparameter): GradientTransformation<EmptyState> {
  assertInRange(maxNorm, NOT_NEGATIVE, "maxNorm", "clipByGlobalNorm");
  const clipping = stateless((updates) => {
    const { scale, length } = scaledNorm(updates);
    const [limit, one] = [typeof maxNorm === "number" ? tf.scalar(maxNorm) : maxNorm, tf.scalar(1)];
    const isSmall = tf.lessEqual(tf.mul(length, scale), limit);
    // Choosing the scalars instead of the results saves an operation a tensor; x / 1 * 1 is x.
    const divisor = tf.where(isSmall, one, scale);
    const factor = tf.where(isSmall, one, tf.div(limit, tf.where(isSmall, one, length)));
    return treeMap((update) => tf.mul(tf.div(update, divisor), factor), updates);
  });
  return madeBy(clipping, clipByGlobalNorm, [maxNorm]);
}

/**
 * Each tensor scaled so that the root of the mean of its squares is at most `threshold`.
 *
 * @see optax.clip_by_block_rms
 */
export function clipByBlockRms(threshold: Hyperparameter): GradientTransformation<EmptyState> {
  assertInRange(threshold, NOT_NEGATIVE, "threshold", "clipByBlockRms");
  const clipping = stateless((updates) =>
    treeMap((update) => {
      const rms = tf.sqrt(tf.mean(tf.square(update)));
      // One division, and not one for each element.
      return tf.mul(update, tf.div(1, tf.maximum(tf.div(rms, threshold), 1)));
    }, updates),
  );
  return madeBy(clipping, clipByBlockRms, [threshold]);
}
