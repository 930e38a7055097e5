/** @file Adam's direction, without the learning rate. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, powerOf } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { lookAhead, updateMoment, updateSquareMoment } from "./moments.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** What Adam remembers: the number of updates (int32 `[]`) and the two moments, shaped as the parameters. */
export type AdamState = { readonly count: tf.Tensor; readonly mu: Tree; readonly nu: Tree };

/** Options of {@link scaleByAdam}. */
export interface ScaleByAdamOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of squared gradients. Default 0.999. */
  b2?: Hyperparameter | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** Added inside the root. Default 0. */
  epsRoot?: Hyperparameter | undefined;
  /** Whether the mean looks one step ahead. Default `false`. */
  nesterov?: boolean | undefined;
}

/**
 * `m̂ / (√(v̂ + epsRoot) + eps)`, where m and v are running means of gradients and of their squares, and
 * `m̂ = m / (1 - b1**t)`, `v̂ = v / (1 - b2**t)`.
 *
 * @see optax.scale_by_adam; Kingma and Ba, Adam, 2014; for `nesterov` Dozat, 2016
 */
export function scaleByAdam(options: ScaleByAdamOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByAdam", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
  });
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, nesterov = false } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const nu = updateSquareMoment(updates, state.nu, b2);
      const mean = nesterov ? lookAhead(updates, mu, b1, count) : mu;
      // What looks ahead is corrected already.
      const meanPower = nesterov ? tf.scalar(0) : powerOf(b1, count);
      const squarePower = powerOf(b2, count);
      const directions = treeMap(
        (_update, m, v) => directionOf(m, v, meanPower, squarePower, eps, epsRoot),
        updates,
        mean,
        nu,
      );
      return [directions, { count, mu, nu }];
    },
  };
  return madeBy(transformation, scaleByAdam, [b1, b2, eps, epsRoot, nesterov]);
}
