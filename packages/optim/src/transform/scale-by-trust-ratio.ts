/** @file Updates whose lengths follow those of the parameters. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { requireParams } from "./required.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

/** Options of {@link scaleByTrustRatio}. */
export interface ScaleByTrustRatioOptions {
  /** The least length that counts, of a parameter and of its update. Default 0. */
  minNorm?: Hyperparameter | undefined;
  /** A factor. Default 1. */
  trustCoefficient?: Hyperparameter | undefined;
  /** Added to the length of the update. Default 0. */
  eps?: Hyperparameter | undefined;
}

/**
 * Each update times `trustCoefficient * |param| / (|update| + eps)`, the ratio of the lengths; unchanged where one of
 * the lengths is 0.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.scale_by_trust_ratio; You et al., Large batch optimization for deep learning, 2019
 */
export function scaleByTrustRatio(
  options: ScaleByTrustRatioOptions = {},
): GradientTransformation<EmptyState> {
  assertOptions(options, "scaleByTrustRatio", {
    minNorm: NOT_NEGATIVE,
    trustCoefficient: NUMBER,
    eps: NOT_NEGATIVE,
  });
  const { minNorm = 0, trustCoefficient = 1, eps = 0 } = options;
  const scaling = stateless((updates, params?: Tree) =>
    treeMap(
      (update, param) => {
        const paramNorm = tf.maximum(lengthOf(param), minNorm);
        const updateNorm = tf.maximum(lengthOf(update), minNorm);
        const ratio = tf.div(tf.mul(trustCoefficient, paramNorm), tf.add(updateNorm, eps));
        const isZero = tf.logicalOr(tf.equal(paramNorm, 0), tf.equal(updateNorm, 0));
        return tf.mul(update, tf.where(isZero, tf.scalar(1), ratio));
      },
      updates,
      requireParams(params, "scaleByTrustRatio"),
    ),
  );
  return madeBy(scaling, scaleByTrustRatio, [minNorm, trustCoefficient, eps]);
}

/** `√(Σ x²)` of one tensor, float32 `[]`. */
export function lengthOf(x: tf.Tensor): tf.Scalar {
  return tf.sqrt(tf.sum<tf.Scalar>(tf.square(x)));
}
