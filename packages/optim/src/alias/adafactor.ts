/** @file Adafactor. */
import { assertOptions } from "../checked-arguments.ts";
import { chain } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights } from "../transform/add-decayed-weights.ts";
import { clipByBlockRms } from "../transform/clip.ts";
import { ema } from "../transform/ema.ts";
import type { Mask } from "../transform/mask.ts";
import { scale } from "../transform/scale.ts";
import { scaleByFactoredRms } from "../transform/scale-by-factored-rms.ts";
import { scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { scaleByParamBlockRms } from "../transform/scale-by-param-block.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { NOT_NEGATIVE, NUMBER, orNull, SHARE, WHOLE } from "../ranges.ts";

/** Options of {@link adafactor}. */
export interface AdafactorOptions {
  /** The least size of the second largest dimension of a parameter that is factored. Default 128. */
  minDimSizeToFactor?: number | undefined;
  /** How fast the decay of the mean of squares goes to 1: `1 - t**-decayRate` at update t. Default 0.8. */
  decayRate?: Hyperparameter | undefined;
  /** Taken from t: the step at which fine-tuning begins. Default 0. */
  decayOffset?: Hyperparameter | undefined;
  /** Whether steps are as large as their parameters, times the learning rate. Default `true`. */
  multiplyByParameterScale?: boolean | undefined;
  /** The largest root mean square of a parameter's step before the rate; `null` for none. Default 1. */
  clippingThreshold?: Hyperparameter | null | undefined;
  /** Decay of the running mean of steps. Default: none is kept. */
  momentum?: Hyperparameter | null | undefined;
  /** The share of each parameter that is subtracted with each step, after the learning rate, or a schedule of it. */
  weightDecayRate?: LearningRate | null | undefined;
  /** Added to squares. Default 1e-30. */
  eps?: Hyperparameter | undefined;
  /** Whether large parameters are factored. Default `true`. */
  factored?: boolean | undefined;
  /** Which parameters decay. Default: all. */
  weightDecayMask?: Mask | undefined;
}

/**
 * Adam for little memory: the mean of squares of a large matrix is known by those of its rows and columns, and no
 * momentum is kept unless asked for.
 *
 * @param learningRate a number or a schedule; without one steps are those of the parameters' scale alone
 * @see optax.adafactor; Shazeer and Stern, Adafactor: adaptive learning rates with sublinear memory cost, 2018
 */
export function adafactor(
  learningRate?: LearningRate | null,
  options: AdafactorOptions = {},
): GradientTransformation<readonly Tree[]> {
  assertOptions(options, "adafactor", {
    minDimSizeToFactor: WHOLE,
    decayRate: NOT_NEGATIVE,
    decayOffset: NUMBER,
    multiplyByParameterScale: true,
    clippingThreshold: orNull(NOT_NEGATIVE),
    momentum: orNull(SHARE),
    weightDecayRate: true,
    eps: NOT_NEGATIVE,
    factored: true,
    weightDecayMask: true,
  });
  const { minDimSizeToFactor, decayRate, decayOffset, eps, factored, weightDecayMask } = options;
  const { multiplyByParameterScale = true, clippingThreshold = 1, momentum, weightDecayRate } = options;
  const links: GradientTransformation[] = [
    scaleByFactoredRms({ factored, decayRate, stepOffset: decayOffset, minDimSizeToFactor, epsilon: eps }),
  ];
  if (clippingThreshold !== null) links.push(clipByBlockRms(clippingThreshold));
  if (learningRate != null) links.push(scaleByLearningRate(learningRate, { flipSign: false }));
  if (multiplyByParameterScale) links.push(scaleByParamBlockRms());
  if (momentum != null) links.push(ema(momentum, { debias: false }));
  if (weightDecayRate != null) links.push(addDecayedWeights(weightDecayRate, { mask: weightDecayMask }));
  return chain(...links, scale(-1));
}
