/** @file Lion's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { updateMoment } from "./moments.ts";
import { NUMBER, SHARE } from "../ranges.ts";

/** What Lion remembers: the number of updates (int32 `[]`) and the running mean of gradients. */
export type LionState = { readonly count: tf.Tensor; readonly mu: Tree };

/** Options of {@link scaleByLion}. */
export interface ScaleByLionOptions {
  /** The share of the mean in the direction. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean. Default 0.99. */
  b2?: Hyperparameter | undefined;
  /** What is done to the direction: its sign, `tanh(smoothBeta * x)`, or the bounds ±1. Default `"hard"`. */
  mode?: "hard" | "smooth" | "refined" | undefined;
  /** The slope at 0 of the mode `"smooth"`. Default 1. */
  smoothBeta?: Hyperparameter | undefined;
}

/**
 * `sign((1 - b1) * g + b1 * m)`, where m is the running mean of gradients with decay b2.
 *
 * @see optax.scale_by_lion; Chen et al., Symbolic discovery of optimization algorithms, 2023
 */
export function scaleByLion(options: ScaleByLionOptions = {}): GradientTransformation<LionState> {
  assertOptions(options, "scaleByLion", { b1: SHARE, b2: SHARE, mode: true, smoothBeta: NUMBER });
  const { b1 = 0.9, b2 = 0.99, mode = "hard", smoothBeta = 1 } = options;
  const bound = boundOf(mode, smoothBeta);
  const transformation: GradientTransformation<LionState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params) }),
    update(updates, state) {
      const directions = treeMap((g, m) => bound(weightedSum(complement(b1), g, b1, m)), updates, state.mu);
      const mu = updateMoment(updates, state.mu, b2);
      return [directions, { count: random.increment(state.count), mu }];
    },
  };
  return madeBy(transformation, scaleByLion, [b1, b2, mode, smoothBeta]);
}

function boundOf(mode: string, smoothBeta: Hyperparameter): (x: tf.Tensor) => tf.Tensor {
  switch (mode) {
    case "hard":
      return (x) => tf.sign(x);
    case "smooth":
      return (x) => tf.tanh(tf.mul(smoothBeta, x));
    case "refined":
      return (x) => tf.where(tf.less(tf.abs(x), 1), x, tf.sign(x));
    default:
      throw new InvalidArgumentError(
        `scaleByLion: expected mode to be "hard", "smooth" or "refined", got ${JSON.stringify(mode)}.`,
      );
  }
}
