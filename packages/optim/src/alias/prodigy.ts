/** @file Prodigy. */
import { assertInRange, assertList, assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, negative } from "../hyperparameter.ts";
import { assertLearningRate, type LearningRate } from "../schedules/schedule.ts";
import { zeroCount } from "../transform/count.ts";
import { zerosLike } from "../transform/filled.ts";
import { updateMoment, updateSquareMoment } from "../transform/moments.ts";
import { largerEstimate, squareRoot } from "../transform/estimate.ts";
import { requireParams } from "../transform/required.ts";
import { squaredPower } from "../transform/squared-power.ts";
import { dot, scaled, subtract, sumOfMagnitudes } from "../transform/tree-math.ts";
import { valueAt } from "../transform/value-at.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { NOT_NEGATIVE, POSITIVE, SHARE } from "../ranges.ts";

/**
 * What Prodigy remembers: means of gradients and of their squares, a sum of gradients, the first parameters, the
 * estimate of the learning rate and its numerator, float32 `[]`, and the number of updates, int32 `[]`.
 */
export type ProdigyState = {
  readonly expAvg: Tree;
  readonly expAvgSq: Tree;
  readonly gradSum: Tree;
  readonly params0: Tree;
  readonly estimLr: tf.Tensor;
  readonly numeratorWeighted: tf.Tensor;
  readonly count: tf.Tensor;
};

/** Options of {@link prodigy}. */
export interface ProdigyOptions {
  /** Decays of the means of gradients and of their squares. Default `[0.9, 0.999]`. */
  betas?: readonly [Hyperparameter, Hyperparameter] | undefined;
  /** Decay of the sums that the estimate is made of. Default the root of the second of `betas`. */
  beta3?: Hyperparameter | null | undefined;
  /** Added to the denominator, times the estimate. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** The estimate to begin with. Default 1e-6. */
  estimLr0?: Hyperparameter | undefined;
  /** A factor of the estimate. Default 1. */
  estimLrCoef?: Hyperparameter | undefined;
  /** The share of each parameter that is subtracted with each step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** Whether the learning rate is kept out of the denominator of the estimate, for warm-ups. Default `false`. */
  safeguardWarmup?: boolean | undefined;
}

/**
 * Adam that estimates its learning rate. Leave the rate at 1, and let a schedule only shape it.
 *
 * Where all gradients so far were 0 the estimate stays what it is (Optax: NaN).
 *
 * @param learningRate a factor of the estimate, or a schedule of it. Default 1.
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.prodigy; Mishchenko and Defazio, Prodigy: an expeditiously adaptive parameter-free learner, 2023
 */
export function prodigy(
  learningRate: LearningRate = 1,
  options: ProdigyOptions = {},
): GradientTransformation<ProdigyState> {
  assertLearningRate(learningRate);
  assertOptions(options, "prodigy", {
    betas: true,
    beta3: true,
    eps: NOT_NEGATIVE,
    estimLr0: POSITIVE,
    estimLrCoef: POSITIVE,
    weightDecay: true,
    safeguardWarmup: true,
  });
  const { betas = [0.9, 0.999], eps = 1e-8, estimLr0 = 1e-6, estimLrCoef = 1, weightDecay = 0 } = options;
  const { safeguardWarmup = false } = options;
  assertList(betas, "two decays", "prodigy", "betas: [0.9, 0.999]");
  const [beta1, beta2] = betas;
  for (const [i, beta] of [beta1, beta2].entries()) assertInRange(beta, SHARE, `betas[${i}]`, "prodigy");
  const beta3 = options.beta3 ?? squareRoot(beta2);
  const transformation: GradientTransformation<ProdigyState> = {
    init: (params) => ({
      expAvg: zerosLike(params),
      expAvgSq: zerosLike(params),
      gradSum: zerosLike(params),
      params0: params,
      estimLr: tf.mul(estimLr0, 1),
      numeratorWeighted: tf.scalar(0),
      count: zeroCount(),
    }),
    update(updates, state, given) {
      const params = requireParams(given, "prodigy");
      const count = random.increment(state.count);
      const estimate = state.estimLr;
      const correction = tf.div(
        tf.sqrt(tf.sub(1, squaredPower(beta2, count))),
        tf.sub(1, squaredPower(beta1, count)),
      );
      const rate = valueAt(learningRate, state.count, "prodigy");
      const step = tf.mul(tf.mul(estimate, rate), correction);
      const gradients = scaled(estimate, updates);
      const moved = dot(updates, subtract(state.params0, params));
      const expAvg = updateMoment(gradients, state.expAvg, beta1);
      const expAvgSq = updateSquareMoment(gradients, state.expAvgSq, beta2);
      const weight = tf.div(safeguardWarmup ? estimate : step, estimLr0);
      const gradSum = treeMap(
        (g, sum) => tf.add(tf.mul(beta3, sum), tf.mul(weight, g)),
        gradients,
        state.gradSum,
      );
      const numerator = tf.add(
        tf.mul(beta3, state.numeratorWeighted),
        tf.mul(tf.mul(tf.div(estimate, estimLr0), step), moved),
      );
      const next = tf.div(tf.mul(estimLrCoef, numerator), sumOfMagnitudes(gradSum));
      const estimLr = largerEstimate(estimate, next, numerator);
      const least = tf.mul(estimLr, eps);
      const decay = tf.mul(negative(weightDecay), step);
      const steps = treeMap(
        (_g, mean, square, x) =>
          tf.sub(tf.mul(decay, x), tf.div(tf.mul(step, mean), tf.add(tf.sqrt(square), least))),
        updates,
        expAvg,
        expAvgSq,
        params,
      );
      const { params0 } = state;
      return [steps, { expAvg, expAvgSq, gradSum, params0, estimLr, numeratorWeighted: numerator, count }];
    },
  };
  return madeBy(transformation, prodigy, [
    learningRate,
    beta1,
    beta2,
    beta3,
    eps,
    estimLr0,
    estimLrCoef,
    weightDecay,
    safeguardWarmup,
  ]);
}
