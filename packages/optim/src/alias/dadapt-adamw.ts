/** @file D-Adaptation for AdamW. */
import { assertInRange, assertList, assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, negative } from "../hyperparameter.ts";
import { assertLearningRate, type LearningRate } from "../schedules/schedule.ts";
import { zeroCount } from "../transform/count.ts";
import { largerEstimate, squareRoot } from "../transform/estimate.ts";
import { zerosLike } from "../transform/filled.ts";
import { updateSquareMoment } from "../transform/moments.ts";
import { requireParams } from "../transform/required.ts";
import { squaredPower } from "../transform/squared-power.ts";
import { dot, sumOfMagnitudes } from "../transform/tree-math.ts";
import { valueAt } from "../transform/value-at.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { NOT_NEGATIVE, POSITIVE, SHARE } from "../ranges.ts";

/**
 * What D-Adaptation remembers: means of steps and of squared gradients, a weighted mean of gradients, the estimate of
 * the learning rate and its numerator, float32 `[]`, and the number of updates, int32 `[]`.
 */
export type DadaptAdamwState = {
  readonly expAvg: Tree;
  readonly expAvgSq: Tree;
  readonly gradSum: Tree;
  readonly estimLr: tf.Tensor;
  readonly numeratorWeighted: tf.Tensor;
  readonly count: tf.Tensor;
};

/** Options of {@link dadaptAdamw}. */
export interface DadaptAdamwOptions {
  /** Decays of the means of gradients and of their squares. Default `[0.9, 0.999]`. */
  betas?: readonly [Hyperparameter, Hyperparameter] | undefined;
  /** Added to the denominator. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** The estimate to begin with. Default 1e-6. */
  estimLr0?: Hyperparameter | undefined;
  /** The share of each parameter that is subtracted with each step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * AdamW that estimates its learning rate. Leave the rate at 1, and let a schedule only shape it.
 *
 * Where all gradients so far were 0 the estimate stays what it is (Optax: NaN).
 *
 * @param learningRate a factor of the estimate, or a schedule of it. Default 1.
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.dadapt_adamw; Defazio and Mishchenko, Learning-rate-free learning by D-Adaptation, 2023
 */
export function dadaptAdamw(
  learningRate: LearningRate = 1,
  options: DadaptAdamwOptions = {},
): GradientTransformation<DadaptAdamwState> {
  assertLearningRate(learningRate);
  assertOptions(options, "dadaptAdamw", {
    betas: true,
    eps: NOT_NEGATIVE,
    estimLr0: POSITIVE,
    weightDecay: true,
  });
  const { betas = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6, weightDecay = 0 } = options;
  assertList(betas, "two decays", "dadaptAdamw", "betas: [0.9, 0.999]");
  const [beta1, beta2] = betas;
  for (const [i, beta] of [beta1, beta2].entries()) assertInRange(beta, SHARE, `betas[${i}]`, "dadaptAdamw");
  const root = squareRoot(beta2);
  const transformation: GradientTransformation<DadaptAdamwState> = {
    init: (params) => ({
      expAvg: zerosLike(params),
      expAvgSq: zerosLike(params),
      gradSum: zerosLike(params),
      estimLr: tf.mul(estimLr0, 1),
      numeratorWeighted: tf.scalar(0),
      count: zeroCount(),
    }),
    update(updates, state, given) {
      const params = requireParams(given, "dadaptAdamw");
      const count = random.increment(state.count);
      const correction = tf.div(
        tf.sqrt(tf.sub(1, squaredPower(beta2, count))),
        tf.sub(1, squaredPower(beta1, count)),
      );
      const rate = valueAt(learningRate, state.count, "dadaptAdamw");
      const step = tf.mul(tf.mul(state.estimLr, rate), correction);
      const weighted = treeMap(
        (sum, square) => tf.div(sum, tf.add(tf.sqrt(square), eps)),
        state.gradSum,
        state.expAvgSq,
      );
      const gain = dot(updates, weighted);
      const follow = (decay: Hyperparameter) => {
        const share = tf.mul(complement(decay), step);
        return (g: tf.Tensor, mean: tf.Tensor) => tf.add(tf.mul(decay, mean), tf.mul(share, g));
      };
      const expAvg = treeMap(follow(beta1), updates, state.expAvg);
      const expAvgSq = updateSquareMoment(updates, state.expAvgSq, beta2);
      const gradSum = treeMap(follow(root), updates, state.gradSum);
      const rest = complement(root);
      const numerator = tf.add(tf.mul(root, state.numeratorWeighted), tf.mul(tf.mul(rest, step), gain));
      const next = tf.div(numerator, tf.mul(rest, sumOfMagnitudes(gradSum)));
      const decay = tf.mul(negative(weightDecay), step);
      const steps = treeMap(
        (_g, mean, square, x) => tf.sub(tf.mul(decay, x), tf.div(mean, tf.add(tf.sqrt(square), eps))),
        updates,
        expAvg,
        expAvgSq,
        params,
      );
      const estimLr = largerEstimate(state.estimLr, next, numerator);
      return [steps, { expAvg, expAvgSq, gradSum, estimLr, numeratorWeighted: numerator, count }];
    },
  };
  return madeBy(transformation, dadaptAdamw, [learningRate, beta1, beta2, eps, estimLr0, weightDecay]);
}
