/** @file DoG and DoWG: descent without a learning rate to choose. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { addDecayedWeights, type DecayOptions, type DecayState } from "../transform/add-decayed-weights.ts";
import {
  type DogInitStep,
  type DogState,
  type DowgState,
  scaleByDog,
  type ScaleByDogOptions,
  scaleByDowg,
  type ScaleByDowgOptions,
} from "../transform/scale-by-dog.ts";
import { type RateState, scaleByLearningRate } from "../transform/scale-by-learning-rate.ts";
import { type GradientTransformation, identity } from "../transformation.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** Options of {@link dog}. */
export interface DogOptions extends ScaleByDogOptions, DecayOptions {
  /** How the first step is given; see `scaleByDog`. Default `["heuristic", 1e-6]`. */
  initStep?: DogInitStep | undefined;
  /** The share of each parameter that is added to its gradient, or a schedule of it. Default: none. */
  weightDecay?: LearningRate | null | undefined;
}

/** The states of the parts of {@link dog} and {@link dowg}. */
export type DistanceState<S extends DogState | DowgState> = ChainState<[DecayState, S, RateState]>;

/**
 * Gradient descent whose step is the distance travelled over the gradients seen: nothing to choose. Average the
 * parameters for the best results.
 *
 * @param learningRate a factor of the steps, or a schedule of it. Default 1.
 * @see optax.contrib.dog; Ivgi et al., DoG is SGD's best friend: a parameter-free dynamic step size schedule, 2023
 */
export function dog(
  learningRate: LearningRate = 1,
  given: DogOptions = {},
): GradientTransformation<DistanceState<DogState>> {
  assertOptions(given, "dog", { initStep: true, weightDecay: true, eps: NOT_NEGATIVE, mask: true });
  const { initStep = ["heuristic", 1e-6], weightDecay, mask, ...options } = given;
  return chain(decayFor(weightDecay, mask), scaleByDog(initStep, options), scaleByLearningRate(learningRate));
}

/** Options of {@link dowg}. */
export interface DowgOptions extends ScaleByDowgOptions, DecayOptions {
  /** The share of each parameter that is added to its gradient, or a schedule of it. Default: none. */
  weightDecay?: LearningRate | null | undefined;
}

/**
 * As `dog`, with gradients that count by the distance at their time.
 *
 * @param learningRate a factor of the steps, or a schedule of it. Default 1.
 * @see optax.contrib.dowg; Khaled et al., DoWG unleashed: an efficient universal parameter-free gradient descent
 *   method, 2023
 */
export function dowg(
  learningRate: LearningRate = 1,
  given: DowgOptions = {},
): GradientTransformation<DistanceState<DowgState>> {
  assertOptions(given, "dowg", {
    weightDecay: true,
    initEstimSqDist: NOT_NEGATIVE,
    eps: NOT_NEGATIVE,
    mask: true,
  });
  const { weightDecay, mask, ...options } = given;
  return chain(decayFor(weightDecay, mask), scaleByDowg(options), scaleByLearningRate(learningRate));
}

function decayFor(
  weightDecay: LearningRate | null | undefined,
  mask: DecayOptions["mask"],
): GradientTransformation<DecayState> {
  return weightDecay == null ? identity() : addDecayedWeights(weightDecay, { mask });
}
