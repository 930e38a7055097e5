/** @file Gradients that foresee the next one. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, negative, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { zerosLike } from "./filled.ts";
import { NUMBER } from "../ranges.ts";

/** Whether there was no update before (bool `[]`), and the last gradient, shaped as the parameters. */
export type OptimisticState = { readonly isInitialStep: tf.Tensor; readonly previousGradient: Tree };

/** Options of {@link scaleByOptimisticGradient}. */
export interface ScaleByOptimisticGradientOptions {
  /** The share of the gradient. Default 1. */
  alpha?: Hyperparameter | undefined;
  /** The share of its change since the last update. Default 1. */
  beta?: Hyperparameter | undefined;
}

/**
 * `(alpha + beta) * g - beta * previous`, with `previous = g` at the first update.
 *
 * @see optax.scale_by_optimistic_gradient; Mokhtari et al., A unified analysis of extra-gradient, 2019
 */
export function scaleByOptimisticGradient(
  options: ScaleByOptimisticGradientOptions = {},
): GradientTransformation<OptimisticState> {
  assertOptions(options, "scaleByOptimisticGradient", { alpha: NUMBER, beta: NUMBER });
  const { alpha = 1, beta = 1 } = options;
  const transformation: GradientTransformation<OptimisticState> = {
    init: (params) => ({ isInitialStep: tf.scalar(true, "bool"), previousGradient: zerosLike(params) }),
    update(updates, state) {
      const both = sumOf(alpha, beta);
      const directions = treeMap(
        (g, previous) => weightedSum(both, g, negative(beta), tf.where(state.isInitialStep, g, previous)),
        updates,
        state.previousGradient,
      );
      return [directions, { isInitialStep: tf.scalar(false, "bool"), previousGradient: updates }];
    },
  };
  return madeBy(transformation, scaleByOptimisticGradient, [alpha, beta]);
}

function sumOf(a: Hyperparameter, b: Hyperparameter): Hyperparameter {
  return typeof a === "number" && typeof b === "number" ? a + b : tf.add<tf.Scalar>(a, b);
}
