/** @file Rprop's steps. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertHyperparameter, type Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { fullLike, zerosLike } from "./filled.ts";
import { mapToMany } from "./leafwise.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** What Rprop remembers: the size of each element's step, and the last step. */
export type RpropState = { readonly stepSizes: Tree; readonly prevUpdates: Tree };

/** Options of {@link scaleByRprop}. */
export interface ScaleByRpropOptions {
  /** The factor of a step whose gradient has turned. Default 0.5. */
  etaMinus?: Hyperparameter | undefined;
  /** The factor of a step whose gradient has not. Default 1.2. */
  etaPlus?: Hyperparameter | undefined;
  /** The least step. Default 1e-6. */
  minStepSize?: Hyperparameter | undefined;
  /** The largest step. Default 50. */
  maxStepSize?: Hyperparameter | undefined;
}

/**
 * A step of its own size for each element, in the direction of the gradient's sign: larger where the sign is that of
 * the step before, smaller where it has turned. As in Optax an update is the step that the gradient before asked for,
 * unless the gradient has turned: then it is 0.
 *
 * @param learningRate the size of the first step
 * @see optax.scale_by_rprop; Riedmiller and Braun, A direct adaptive method, 1993; Igel and Hüsken, 2000 (iRprop-)
 */
export function scaleByRprop(
  learningRate: Hyperparameter,
  options: ScaleByRpropOptions = {},
): GradientTransformation<RpropState> {
  assertHyperparameter(learningRate, "learningRate", "scaleByRprop");
  assertOptions(options, "scaleByRprop", {
    etaMinus: NOT_NEGATIVE,
    etaPlus: NOT_NEGATIVE,
    minStepSize: NOT_NEGATIVE,
    maxStepSize: NOT_NEGATIVE,
  });
  const { etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50 } = options;
  const transformation: GradientTransformation<RpropState> = {
    init: (params) => ({ stepSizes: fullLike(params, learningRate), prevUpdates: zerosLike(params) }),
    update(updates, state) {
      const [directions, stepSizes, prevUpdates] = mapToMany(
        (_path, g, stepSize, previous) => {
          const agreement = tf.mul(g, previous);
          const hasTurned = tf.less(agreement, 0);
          const factor = tf.where(tf.greater(agreement, 0), asTensor(etaPlus), asTensor(etaMinus));
          const bounded = tf.minimum(tf.maximum(tf.mul(stepSize, factor), minStepSize), maxStepSize);
          const next = tf.where(tf.equal(agreement, 0), stepSize, bounded);
          const none = tf.scalar(0);
          const step = tf.where(hasTurned, none, tf.mul(next, tf.sign(g)));
          return [tf.where(hasTurned, none, previous), next, step];
        },
        updates,
        state.stepSizes,
        state.prevUpdates,
      );
      // The structure of the updates is kept.
      return [directions as typeof updates, { stepSizes, prevUpdates }];
    },
  };
  return madeBy(transformation, scaleByRprop, [learningRate, etaMinus, etaPlus, minStepSize, maxStepSize]);
}

function asTensor(value: Hyperparameter): tf.Tensor {
  return typeof value === "number" ? tf.scalar(value) : value;
}
