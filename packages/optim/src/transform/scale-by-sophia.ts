/** @file Sophia's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { asFloat, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { hutchinsonEstimatorDiagHessian } from "./hutchinson.ts";
import { correctBias, updateMoment } from "./moments.ts";
import { requireParams } from "./required.ts";
import { choose } from "./tree-math.ts";
import { COUNT, NOT_NEGATIVE, NUMBER, orNull, SHARE } from "../ranges.ts";

/**
 * What Sophia remembers: the number of updates (int32 `[]`), the running means of gradients and of the diagonal of the
 * Hessian, shaped as the parameters, and the state of the diagonal's estimate.
 */
export type SophiaState = {
  readonly count: tf.Tensor;
  readonly mu: Tree;
  readonly nu: Tree;
  readonly hessianFnState: Tree;
};

/** Options of {@link scaleBySophia}. */
export interface ScaleBySophiaOptions {
  /** Decay of the mean of gradients. Default 0.965. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of the diagonal. Default 0.99. */
  b2?: Hyperparameter | undefined;
  /** The least denominator. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** A factor of the diagonal: larger ones leave fewer elements bounded. Default 0.01. */
  gamma?: Hyperparameter | undefined;
  /** The bound of each element; `null` for none. Default 1. */
  clipThreshold?: Hyperparameter | null | undefined;
  /** Every which update takes a new diagonal. Default 10. */
  updateInterval?: number | undefined;
  /** Gives the diagonal of the Hessian instead of updates. Default `hutchinsonEstimatorDiagHessian()`. */
  hessianDiagonalFn?: GradientTransformation | undefined;
}

/**
 * `m̂ / max(gamma * h, eps)` within ±clipThreshold, where m is the running mean of gradients and h that of the diagonal
 * of the Hessian as it was before this update.
 *
 * Updates are programs without branches: the diagonal is computed in each, and taken in every `updateInterval`th.
 *
 * @throws MissingArgumentError by `update` without `params`, or what `hessianDiagonalFn` asks for: the loss as a
 *   function
 * @see optax.contrib.scale_by_sophia; Liu et al., Sophia, 2023
 */
export function scaleBySophia(options: ScaleBySophiaOptions = {}): GradientTransformation<SophiaState> {
  assertOptions(options, "scaleBySophia", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    gamma: NUMBER,
    clipThreshold: orNull(NOT_NEGATIVE),
    updateInterval: COUNT,
    hessianDiagonalFn: true,
  });
  const { b1 = 0.965, b2 = 0.99, eps = 1e-8, gamma = 0.01, clipThreshold = 1, updateInterval = 10 } = options;
  const hessianDiagonalFn: GradientTransformation =
    options.hessianDiagonalFn ?? hutchinsonEstimatorDiagHessian();
  const transformation: GradientTransformation<SophiaState> = {
    init: (params) => ({
      count: zeroCount(),
      mu: zerosLike(params),
      nu: zerosLike(params),
      hessianFnState: hessianDiagonalFn.init(params),
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, "scaleBySophia");
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const directions = treeMap(
        (mean, h) => {
          const direction = tf.div(mean, tf.maximum(tf.mul(gamma, h), eps));
          if (clipThreshold === null) return direction;
          return tf.minimum(tf.maximum(direction, tf.neg(clipThreshold)), clipThreshold);
        },
        correctBias(mu, b1, count),
        state.nu,
      );
      const [diagonal, hessianFnState] = hessianDiagonalFn.update<Tree>(
        updates,
        state.hessianFnState,
        params,
        args,
      );
      const isDue = tf.equal(tf.mod(asFloat(state.count), updateInterval), 0);
      const nu = choose(isDue, updateMoment(diagonal, state.nu, b2), state.nu);
      // A key that an operation touches is lost on webgl: there each update draws anew.
      const keepsState = tf.getBackend() !== "webgl";
      const nextState = keepsState ? choose(isDue, hessianFnState, state.hessianFnState) : hessianFnState;
      return [directions, { count, mu, nu, hessianFnState: nextState }];
    },
  };
  const args = [b1, b2, eps, gamma, clipThreshold, updateInterval, hessianDiagonalFn];
  return madeBy(transformation, scaleBySophia, args);
}
