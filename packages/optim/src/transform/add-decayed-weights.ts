/** @file Weight decay. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy, type Path } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { assertHyperparameter, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { assertParams, type EmptyState, type GradientTransformation } from "../transformation.ts";
import { mapLeaves } from "../tree.ts";
import { frozenMask, isSelected, type Mask } from "./mask.ts";
import { nextValue, type ScheduleState, startOfSchedule } from "./scale-by-schedule.ts";

/** Options of {@link addDecayedWeights}. */
export interface DecayOptions {
  /**
   * Which parameters decay: a tree of booleans, or a function from the parameters to one, such as {@link decayMask}.
   * Default: all.
   */
  mask?: Mask | undefined;
}

/** The state of {@link addDecayedWeights}: of a schedule, the number of updates. */
export type DecayState = EmptyState | ScheduleState;

/**
 * `update + weightDecay * param`.
 *
 * ```ts
 * // biases and scales do not decay
 * addDecayedWeights(1e-4, { mask: decayMask });
 * ```
 *
 * @param weightDecay a number, or a schedule
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.add_decayed_weights; Loshchilov and Hutter, Decoupled weight decay regularization, 2017
 */
export function addDecayedWeights(
  weightDecay: Hyperparameter,
  options?: DecayOptions,
): GradientTransformation<EmptyState>;
export function addDecayedWeights(
  weightDecay: Hyperparameter | Schedule,
  options?: DecayOptions,
): GradientTransformation<DecayState>;
export function addDecayedWeights(
  weightDecay: Hyperparameter | Schedule,
  options: DecayOptions = {},
): GradientTransformation<DecayState> {
  assertOptions(options, "addDecayedWeights", { mask: true });
  const { mask = true } = options;
  const isScheduled = typeof weightDecay === "function";
  if (!isScheduled) assertHyperparameter(weightDecay, "weightDecay", "addDecayedWeights");
  const fixed = frozenMask(mask);
  const decayed: GradientTransformation<DecayState> = {
    init: () => (isScheduled ? startOfSchedule() : {}),
    update(updates, state, params) {
      assertParams(params, "addDecayedWeights");
      // A state is the schedule's where the decay is one.
      const [share, next] = isScheduled
        ? nextValue(weightDecay, state as ScheduleState, "addDecayedWeights")
        : [weightDecay, state];
      const chosen = typeof fixed === "function" ? fixed(params) : fixed;
      const decay = (path: Path, update: tf.Tensor, param: tf.Tensor) =>
        isSelected(chosen, path) ? weightedSum(1, update, share, param) : update;
      // The structure of the updates is kept, and tensors stay tensors.
      return [mapLeaves<tf.Tensor, tf.Tensor>(decay, updates, [params]) as typeof updates, next];
    },
  };
  return madeBy(decayed, addDecayedWeights, [weightDecay, fixed]);
}
