/** @file Updates kept within bounds. */
import { assertNumber } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { scaledNorm } from "../global-norm.ts";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";

/** Each element kept within `[-maxDelta, maxDelta]`; NaN stays NaN. @see optax.clip */
export function clip(maxDelta: number): GradientTransformation<EmptyState> {
  assertNumber(maxDelta, "maxDelta", "clip");
  const clipping = stateless((updates) =>
    treeMap((update) => {
      const clipped = tf.clipByValue(update, -maxDelta, maxDelta);
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
export function clipByGlobalNorm(maxNorm: number): GradientTransformation<EmptyState> {
  assertNumber(maxNorm, "maxNorm", "clipByGlobalNorm");
  const clipping = stateless((updates) => {
    const { scale, length } = scaledNorm(updates);
    const [limit, one] = [tf.scalar(maxNorm), tf.scalar(1)];
    const isSmall = tf.lessEqual(tf.mul(length, scale), limit);
    // Choosing the scalars instead of the results saves an operation a tensor; x / 1 * 1 is x.
    const divisor = tf.where(isSmall, one, scale);
    const factor = tf.where(isSmall, one, tf.div(limit, tf.where(isSmall, one, length)));
    return treeMap((update) => tf.mul(tf.div(update, divisor), factor), updates);
  });
  return madeBy(clipping, clipByGlobalNorm, [maxNorm]);
}
