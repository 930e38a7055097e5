/** @file MoMo: steps from the loss, for momentum and for Adam. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import { assertLearningRate, type LearningRate } from "../schedules/schedule.ts";
import { isFirst, zeroCount } from "../transform/count.ts";
import { zerosLike } from "../transform/filled.ts";
import { updateMoment, updateSquareMoment } from "../transform/moments.ts";
import { requireParams, requireValue } from "../transform/required.ts";
import { squaredPower } from "../transform/squared-power.ts";
import { dot, squaredNorm } from "../transform/tree-math.ts";
import { valueAt } from "../transform/value-at.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { NOT_NEGATIVE, NUMBER, SHARE } from "../ranges.ts";

/**
 * What MoMo remembers: the mean of gradients (expAvg), those of losses (barf) and of `g · x` (gamma), the lower bound
 * of the loss (lb), float32 `[]`, and the number of updates, int32 `[]`.
 */
export type MomoState = {
  readonly expAvg: Tree;
  readonly barf: tf.Tensor;
  readonly gamma: tf.Tensor;
  readonly lb: tf.Tensor;
  readonly count: tf.Tensor;
};

/** As {@link MomoState}, with the mean of squared gradients. */
export type MomoAdamState = MomoState & { readonly expAvgSq: Tree };

/** What {@link MomoOptions} and {@link MomoAdamOptions} have in common. */
export interface LowerBoundOptions {
  /** A lower bound of the loss. Default 0. */
  lowerBound?: Hyperparameter | undefined;
  /** The share of each parameter that is subtracted with each step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** Whether the bound is estimated, from `lowerBound` on. Default `false`. */
  adaptLowerBound?: boolean | undefined;
}

/** Options of {@link momo}. */
export interface MomoOptions extends LowerBoundOptions {
  /** Decay of the means. Default 0.9. */
  beta?: Hyperparameter | undefined;
}

/**
 * Momentum whose steps are taken from the loss, and are at most the learning rate.
 *
 * ```ts
 * const optimizer = new Optimizer(model, momo(1), { wrt: Param });
 * optimizer.update(model, grads, { value: loss });
 * ```
 *
 * @param learningRate the largest step, or a schedule of it. Default 1.
 * @throws MissingArgumentError by `update` without `params` or the loss
 * @see optax.contrib.momo; Schaipp et al., MoMo: momentum models for adaptive learning rates, 2023
 */
export function momo(
  learningRate: LearningRate = 1,
  options: MomoOptions = {},
): GradientTransformation<MomoState> {
  assertLearningRate(learningRate);
  assertOptions(options, "momo", {
    beta: SHARE,
    lowerBound: NUMBER,
    weightDecay: true,
    adaptLowerBound: true,
  });
  const { beta = 0.9, lowerBound = 0, weightDecay = 0, adaptLowerBound = false } = options;
  const transformation: GradientTransformation<MomoState> = {
    init: (params) => ({ expAvg: zerosLike(params), ...startOfBound(lowerBound) }),
    update(updates, state, given, args) {
      const params = requireParams(given, "momo");
      const value = requireValue(args, "momo");
      const decay = tf.where<tf.Scalar>(isFirst(state.count), tf.scalar(0), asTensor(beta));
      const share = tf.sub<tf.Scalar>(1, decay);
      const barf = weightedSum(decay, state.barf, share, value);
      const expAvg = updateMoment(updates, state.expAvg, decay);
      const gamma = weightedSum(decay, state.gamma, share, dot(updates, params));
      const length = squaredNorm(expAvg);
      const alpha = valueAt(learningRate, state.count, "momo");
      const shrinking = tf.mul<tf.Scalar>(alpha, weightDecay);
      const product = dot(expAvg, params);
      const one = tf.scalar(1);
      const bounds = {
        adaptLowerBound,
        lowerBound,
        barf,
        gamma,
        product,
        length,
        shrinking,
        correction: one,
      };
      const [step, lb] = boundedStep(state.lb, alpha, bounds);
      const steps = treeMap(
        (_g, mean, x) => tf.sub(tf.mul(decayFactor(shrinking), x), tf.mul(step, mean)),
        updates,
        expAvg,
        params,
      );
      return [steps, { expAvg, barf, gamma, lb, count: random.increment(state.count) }];
    },
  };
  return madeBy(transformation, momo, [learningRate, beta, lowerBound, weightDecay, adaptLowerBound]);
}

/** Options of {@link momoAdam}. */
export interface MomoAdamOptions extends LowerBoundOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of squared gradients. Default 0.999. */
  b2?: Hyperparameter | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
}

/**
 * Adam whose steps are taken from the loss, and are at most the learning rate.
 *
 * @param learningRate the largest step, or a schedule of it. Default 0.01.
 * @throws MissingArgumentError by `update` without `params` or the loss: `{ value: loss }`
 * @see optax.contrib.momo_adam; Schaipp et al., MoMo: momentum models for adaptive learning rates, 2023
 */
export function momoAdam(
  learningRate: LearningRate = 0.01,
  options: MomoAdamOptions = {},
): GradientTransformation<MomoAdamState> {
  assertLearningRate(learningRate);
  assertOptions(options, "momoAdam", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    lowerBound: NUMBER,
    weightDecay: true,
    adaptLowerBound: true,
  });
  const {
    b1 = 0.9,
    b2 = 0.999,
    eps = 1e-8,
    lowerBound = 0,
    weightDecay = 0,
    adaptLowerBound = false,
  } = options;
  const transformation: GradientTransformation<MomoAdamState> = {
    init: (params) => ({
      expAvg: zerosLike(params),
      expAvgSq: zerosLike(params),
      ...startOfBound(lowerBound),
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, "momoAdam");
      const value = requireValue(args, "momoAdam");
      const count = random.increment(state.count);
      const share = complement(b1);
      const barf = weightedSum(b1, state.barf, share, value);
      const expAvg = updateMoment(updates, state.expAvg, b1);
      const expAvgSq = updateSquareMoment(updates, state.expAvgSq, b2);
      const squareCorrection = tf.sub(1, squaredPower(b2, count));
      const weighted = treeMap(
        (mean, square) => tf.div(mean, tf.add(eps, tf.sqrt(tf.div(square, squareCorrection)))),
        expAvg,
        expAvgSq,
      );
      const gamma = weightedSum(b1, state.gamma, share, dot(updates, params));
      const length = dot(expAvg, weighted);
      const alpha = valueAt(learningRate, state.count, "momoAdam");
      const shrinking = tf.mul<tf.Scalar>(alpha, weightDecay);
      const product = dot(expAvg, params);
      const correction = tf.sub<tf.Scalar>(1, squaredPower(b1, count));
      const bounds = { adaptLowerBound, lowerBound, barf, gamma, product, length, shrinking, correction };
      const [step, lb] = boundedStep(state.lb, alpha, bounds);
      const steps = treeMap(
        (_g, direction, x) => tf.sub(tf.mul(decayFactor(shrinking), x), tf.mul(step, direction)),
        updates,
        weighted,
        params,
      );
      return [steps, { expAvg, expAvgSq, barf, gamma, lb, count }];
    },
  };
  return madeBy(transformation, momoAdam, [
    learningRate,
    b1,
    b2,
    eps,
    lowerBound,
    weightDecay,
    adaptLowerBound,
  ]);
}

function startOfBound(lowerBound: Hyperparameter): Omit<MomoState, "expAvg"> {
  return {
    barf: tf.scalar(0),
    gamma: tf.scalar(0),
    lb: tf.add(lowerBound, 0),
    count: zeroCount(),
  };
}

/** What the length of a step depends on. */
interface Bounds {
  readonly adaptLowerBound: boolean;
  readonly lowerBound: Hyperparameter;
  /** The mean of losses. */
  readonly barf: tf.Tensor;
  /** The mean of `g · x`. */
  readonly gamma: tf.Tensor;
  /** The mean of gradients times the parameters. */
  readonly product: tf.Tensor;
  /** The squared length of the mean of gradients. */
  readonly length: tf.Tensor;
  /** The learning rate times the weight decay. */
  readonly shrinking: tf.Tensor;
  /** The share of the means that does not come from their start. */
  readonly correction: tf.Tensor;
}

/** The length of the step, at most `alpha`, and the lower bound after it. */
function boundedStep(
  before: tf.Tensor,
  alpha: tf.Tensor,
  bounds: Bounds,
): [step: tf.Tensor, bound: tf.Tensor] {
  const { adaptLowerBound, lowerBound, barf, gamma, product, length, shrinking, correction } = bounds;
  const growth = tf.add(1, shrinking);
  const cap = tf.add(tf.mul(growth, tf.sub(barf, gamma)), product);
  const bound = adaptLowerBound ? loweredBound(before, cap, growth, correction, lowerBound) : before;
  const reach = tf.add(tf.mul(growth, tf.sub(tf.sub(barf, tf.mul(correction, bound)), gamma)), product);
  const longest = tf.where(
    tf.lessEqual(length, Number.EPSILON),
    tf.scalar(0),
    tf.div(tf.maximum(reach, 0), length),
  );
  const step = tf.minimum(tf.div(alpha, correction), longest);
  if (!adaptLowerBound) return [step, before];
  const reached = tf.sub(tf.sub(tf.add(barf, product), gamma), tf.mul(tf.mul(0.5, step), length));
  return [step, tf.maximum(tf.div(reached, correction), lowerBound)];
}

function loweredBound(
  before: tf.Tensor,
  cap: tf.Tensor,
  growth: tf.Tensor,
  correction: tf.Tensor,
  lowerBound: Hyperparameter,
): tf.Tensor {
  const half = tf.div(cap, tf.mul(tf.mul(2, correction), growth));
  const isLow = tf.less(cap, tf.mul(tf.mul(growth, correction), before));
  return tf.where(isLow, tf.maximum(half, lowerBound), before);
}

/** What decay takes from a parameter, as a factor. */
function decayFactor(shrinking: tf.Tensor): tf.Tensor {
  return tf.neg(tf.div(shrinking, tf.add(1, shrinking)));
}

function asTensor(value: Hyperparameter): tf.Scalar {
  return typeof value === "number" ? tf.scalar(value) : value;
}
