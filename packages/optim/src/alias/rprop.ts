/** @file Rprop. */
import { assertOptions } from "../checked-arguments.ts";
import { chain, type ChainState } from "../combine.ts";
import type { Hyperparameter } from "../hyperparameter.ts";
import { scale } from "../transform/scale.ts";
import { type RpropState, scaleByRprop, type ScaleByRpropOptions } from "../transform/scale-by-rprop.ts";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** Options of {@link rprop}. */
export interface RpropOptions extends ScaleByRpropOptions {}

/**
 * Rprop: a step of its own size for each element, by the signs of gradients alone. For gradients of whole data sets.
 *
 * @param learningRate the size of the first step
 * @see optax.rprop; Riedmiller and Braun, A direct adaptive method for faster backpropagation learning, 1993
 */
export function rprop(
  learningRate: Hyperparameter,
  options: RpropOptions = {},
): GradientTransformation<ChainState<[RpropState, EmptyState]>> {
  assertOptions(options, "rprop", {
    etaMinus: NOT_NEGATIVE,
    etaPlus: NOT_NEGATIVE,
    minStepSize: NOT_NEGATIVE,
    maxStepSize: NOT_NEGATIVE,
  });
  return chain(scaleByRprop(learningRate, options), scale(-1));
}
