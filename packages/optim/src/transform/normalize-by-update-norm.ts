/** @file Updates of one length. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertOptions } from "../checked-arguments.ts";
import { globalNorm } from "../global-norm.ts";
import { assertHyperparameter, type Hyperparameter } from "../hyperparameter.ts";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** Options of {@link normalizeByUpdateNorm}. */
export interface NormalizeByUpdateNormOptions {
  /** Added to the norm. Default 1e-6. */
  eps?: Hyperparameter | undefined;
}

/**
 * All updates times `scaleFactor / (globalNorm + eps)`.
 *
 * @param scaleFactor the norm of the result; default 1
 * @see optax.normalize_by_update_norm
 */
export function normalizeByUpdateNorm(
  scaleFactor: Hyperparameter = 1,
  options: NormalizeByUpdateNormOptions = {},
): GradientTransformation<EmptyState> {
  assertHyperparameter(scaleFactor, "scaleFactor", "normalizeByUpdateNorm");
  assertOptions(options, "normalizeByUpdateNorm", { eps: NOT_NEGATIVE });
  const { eps = 1e-6 } = options;
  assertHyperparameter(eps, "eps", "normalizeByUpdateNorm");
  const normalized = stateless((updates) => {
    const divisor = tf.div(tf.add(globalNorm(updates), eps), scaleFactor);
    return treeMap((update) => tf.div(update, divisor), updates);
  });
  return madeBy(normalized, normalizeByUpdateNorm, [scaleFactor, eps]);
}
