/** @file LAMB, LARS and Fromage: steps as long as their parameters ask for. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { chain, type ChainState } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import { assertLearningRate, type LearningRate, type Schedule } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions, type DecayState } from "../transform/add-decayed-weights.ts";
import type { Mask } from "../transform/mask.ts";
import { whereSelected } from "../transform/where-selected.ts";
import { type AdamState, scaleByAdam, type ScaleByAdamOptions } from "../transform/scale-by-adam.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByTrustRatio } from "../transform/scale-by-trust-ratio.ts";
import { trace, type TraceState } from "../transform/trace.ts";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import { NOT_NEGATIVE, NUMBER, SHARE } from "../ranges.ts";

/** Options of {@link lamb}: those of `scaleByAdam`, with 1e-6 as the default of `eps`. */
export interface LambOptions extends Omit<ScaleByAdamOptions, "nesterov">, DecayOptions {
  /** The share of each parameter that is added to Adam's direction, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
}

/**
 * AdamW whose step of each parameter is as long as the parameter. For large batches.
 *
 * @see optax.lamb; You et al., Large batch optimization for deep learning: training BERT in 76 minutes, 2019
 */
export function lamb(
  learningRate: LearningRate,
  given: LambOptions = {},
): GradientTransformation<ChainState<[AdamState, DecayState, EmptyState, RateState]>> {
  assertOptions(given, "lamb", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    mask: true,
  });
  const { weightDecay = 0, mask, eps = 1e-6, ...options } = given;
  return chain(
    scaleByAdam({ eps, ...options }),
    addDecayedWeights(weightDecay, { mask }),
    scaleByTrustRatio(),
    scaleByLearningRate(learningRate),
  );
}

/** Options of {@link lars}. */
export interface LarsOptions {
  /** The share of each parameter that is added to its gradient, or a schedule of it. Default 0. */
  weightDecay?: LearningRate | undefined;
  /** Which parameters decay. Default: all. */
  weightDecayMask?: Mask | undefined;
  /** The length of a step relative to its parameter. Default 0.001. */
  trustCoefficient?: Hyperparameter | undefined;
  /** Added to the length of a gradient. Default 0. */
  eps?: Hyperparameter | undefined;
  /** Which parameters' steps are scaled. Default: all. */
  trustRatioMask?: Mask | undefined;
  /** Decay of the sum of past steps. Default 0.9. */
  momentum?: Hyperparameter | undefined;
  /** Whether the momentum is Nesterov's. Default `false`. */
  nesterov?: boolean | undefined;
}

/**
 * Gradient descent with momentum whose step of each parameter is as long as the parameter asks for. For large batches.
 *
 * @see optax.lars; You et al., Large batch training of convolutional networks, 2017
 */
export function lars(
  learningRate: LearningRate,
  options: LarsOptions = {},
): GradientTransformation<ChainState<[DecayState, EmptyState, RateState, TraceState]>> {
  assertOptions(options, "lars", {
    weightDecay: true,
    weightDecayMask: true,
    trustCoefficient: NUMBER,
    eps: NOT_NEGATIVE,
    trustRatioMask: true,
    momentum: SHARE,
    nesterov: true,
  });
  const { weightDecay = 0, weightDecayMask = true, trustCoefficient = 0.001, eps = 0 } = options;
  const { trustRatioMask = true, momentum = 0.9, nesterov } = options;
  return chain(
    addDecayedWeights(weightDecay, { mask: weightDecayMask }),
    whereSelected(scaleByTrustRatio({ trustCoefficient, eps }), trustRatioMask),
    scaleByLearningRate(learningRate),
    trace(momentum, { nesterov }),
  );
}

/** Options of {@link fromage}. */
export interface FromageOptions {
  /** The least length that counts, of a parameter and of its gradient. Default 1e-6. */
  minNorm?: Hyperparameter | undefined;
}

/**
 * Steps as long as their parameters times the learning rate, which then shrink by `1 / √(1 + learningRate²)`.
 *
 * @see optax.fromage; Bernstein et al., On the distance between two neural networks and the stability of learning, 2020
 */
export function fromage(
  learningRate: LearningRate,
  options: FromageOptions = {},
): GradientTransformation<ChainState<[EmptyState, RateState, DecayState]>> {
  assertLearningRate(learningRate);
  assertOptions(options, "fromage", { minNorm: NOT_NEGATIVE });
  const { minNorm = 1e-6 } = options;
  const [rate, decay] = shrinking(learningRate);
  return chain(scaleByTrustRatio({ minNorm }), scaleByLearningRate(rate), addDecayedWeights(decay));
}

/** The rate times the factor by which parameters shrink, and that factor less 1. */
function shrinking(learningRate: LearningRate): [rate: LearningRate, decay: LearningRate] {
  if (typeof learningRate === "number") {
    const factor = 1 / Math.sqrt(1 + learningRate ** 2);
    return [learningRate * factor, factor - 1];
  }
  const schedule: Schedule = typeof learningRate === "function" ? learningRate : () => learningRate;
  const rate: Schedule = (step) => {
    const value = schedule(step);
    return tf.mul(factorAt(value), value);
  };
  const decay: Schedule = (step) => tf.sub(factorAt(schedule(step)), 1);
  return [madeBy(rate, fromage, [schedule, "rate"]), madeBy(decay, fromage, [schedule, "decay"])];
}

function factorAt(rate: tf.Tensor | number): tf.Tensor {
  return tf.rsqrt(tf.add(1, tf.square(rate)));
}
