/** @file Adagrad's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, weightedSquareSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { fullLike } from "./filled.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** What Adagrad remembers: the sum of squared gradients, shaped as the parameters. */
export type RssState = { readonly sumOfSquares: Tree };

/** Options of {@link scaleByRss}. */
export interface ScaleByRssOptions {
  /** The sum of squares before the first update. Default 0.1. */
  initialAccumulatorValue?: Hyperparameter | undefined;
  /** Added inside the root. Default 1e-7. */
  eps?: Hyperparameter | undefined;
}

/**
 * `g / √(s + eps)`, where s is the sum of all squared gradients; 0 where that is 0.
 *
 * @see optax.scale_by_rss; Duchi et al., Adaptive subgradient methods, 2011
 */
export function scaleByRss(options: ScaleByRssOptions = {}): GradientTransformation<RssState> {
  assertOptions(options, "scaleByRss", { initialAccumulatorValue: NOT_NEGATIVE, eps: NOT_NEGATIVE });
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options;
  const transformation: GradientTransformation<RssState> = {
    init: (params) => ({ sumOfSquares: fullLike(params, initialAccumulatorValue) }),
    update(updates, state) {
      const sumOfSquares = treeMap((g, sum) => weightedSquareSum(1, g, 1, sum), updates, state.sumOfSquares);
      const directions = treeMap((g, sum) => tf.mul(inverseRoot(sum, eps), g), updates, sumOfSquares);
      return [directions, { sumOfSquares }];
    },
  };
  return madeBy(transformation, scaleByRss, [initialAccumulatorValue, eps]);
}

/** `1 / √(sum + eps)` where `sum` is positive, 0 elsewhere. */
export function inverseRoot(sum: tf.Tensor, eps: Hyperparameter): tf.Tensor {
  return tf.where(tf.greater(sum, 0), tf.rsqrt(tf.add(sum, eps)), tf.scalar(0));
}
