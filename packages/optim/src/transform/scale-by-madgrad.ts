/** @file MADGRAD's steps. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import { assertLearningRate, type LearningRate } from "../schedules/schedule.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { asFloat, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { mapToMany } from "./leafwise.ts";
import { requireParams } from "./required.ts";
import { valueAt } from "./value-at.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/**
 * What MADGRAD remembers: the number of updates (int32 `[]`), weighted sums of squared gradients and of gradients, and
 * the first parameters.
 */
export type MadgradState = {
  readonly count: tf.Tensor;
  readonly gradSumSq: Tree;
  readonly s: Tree;
  readonly x0: Tree;
};

/** Options of {@link scaleByMadgrad}. */
export interface ScaleByMadgradOptions {
  /** The share of the present parameters in the next. Default 0.9. */
  momentum?: Hyperparameter | undefined;
  /** Added to the rate and to the denominator. Default 1e-6. */
  eps?: Hyperparameter | undefined;
}

/**
 * The step to `momentum * x + (1 - momentum) * (x0 - s / (∛v + eps))`, where s and v are sums of gradients and of their
 * squares with the weights `(rate + eps) * √t`.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.scale_by_madgrad; Defazio and Jelassi, Adaptivity without compromise, 2021
 */
export function scaleByMadgrad(
  learningRate: LearningRate,
  options: ScaleByMadgradOptions = {},
): GradientTransformation<MadgradState> {
  assertLearningRate(learningRate);
  assertOptions(options, "scaleByMadgrad", { momentum: SHARE, eps: NOT_NEGATIVE });
  const { momentum = 0.9, eps = 1e-6 } = options;
  const rest = complement(momentum);
  const transformation: GradientTransformation<MadgradState> = {
    init: (params) => ({
      count: zeroCount(),
      gradSumSq: zerosLike(params),
      s: zerosLike(params),
      x0: params,
    }),
    update(updates, state, given) {
      const params = requireParams(given, "scaleByMadgrad");
      const rate = tf.add(valueAt(learningRate, state.count, "scaleByMadgrad"), eps);
      const weight = tf.mul(rate, tf.sqrt(tf.add(asFloat(state.count), 1)));
      const [steps, gradSumSq, s] = mapToMany(
        (_path, g, squares, sum, x0, x) => {
          const nextSquares = tf.add(squares, tf.mul(weight, tf.square(g)));
          const nextSum = tf.add(sum, tf.mul(weight, g));
          const z = tf.sub(x0, tf.div(nextSum, tf.add(cubeRoot(nextSquares), eps)));
          return [tf.sub(weightedSum(rest, z, momentum, x), x), nextSquares, nextSum];
        },
        updates,
        state.gradSumSq,
        state.s,
        state.x0,
        params,
      );
      const count = random.increment(state.count);
      // The structure of the updates is kept.
      return [steps as typeof updates, { count, gradSumSq, s, x0: state.x0 }];
    },
  };
  return madeBy(transformation, scaleByMadgrad, [learningRate, momentum, eps]);
}

/** `∛x` for `x >= 0`: a power, whose error a step of Newton's method takes away. */
function cubeRoot(x: tf.Tensor): tf.Tensor {
  const guess = tf.pow(x, 1 / 3);
  const square = tf.square(guess);
  const root = tf.sub(guess, tf.div(tf.sub(tf.mul(square, guess), x), tf.mul(3, square)));
  // Of nearly nothing the square is 0.
  return tf.where(tf.greater(square, 0), root, guess);
}
