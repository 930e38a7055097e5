/** @file Adam's direction by the largest mean square so far. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { powerOf } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { correctBias, updateMoment, updateSquareMoment } from "./moments.ts";
import type { AdamState, ScaleByAdamOptions } from "./scale-by-adam.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** What AMSGrad remembers: what Adam does, and the largest mean of squares, shaped as the parameters. */
export type AmsgradState = AdamState & { readonly nuMax: Tree };

/** Options of {@link scaleByAmsgrad}. */
export interface ScaleByAmsgradOptions extends Omit<ScaleByAdamOptions, "nesterov"> {
  /** Whether the mean of gradients is corrected for its zero start. Default `true`. */
  biasCorrectionMu?: boolean | undefined;
  /** Whether the mean of squares is corrected before the largest is taken. Default `true`; not so in the paper. */
  biasCorrectionNu?: boolean | undefined;
}

/**
 * `m̂ / (√(max v̂ + epsRoot) + eps)`: Adam's direction, with the largest mean of squares of all updates.
 *
 * @see optax.scale_by_amsgrad; Reddi et al., On the convergence of Adam and beyond, 2018
 */
export function scaleByAmsgrad(options: ScaleByAmsgradOptions = {}): GradientTransformation<AmsgradState> {
  assertOptions(options, "scaleByAmsgrad", {
    biasCorrectionMu: true,
    biasCorrectionNu: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 } = options;
  const { biasCorrectionMu = true, biasCorrectionNu = true } = options;
  const transformation: GradientTransformation<AmsgradState> = {
    init: (params) => ({
      count: zeroCount(),
      mu: zerosLike(params),
      nu: zerosLike(params),
      nuMax: zerosLike(params),
    }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const nu = updateSquareMoment(updates, state.nu, b2);
      const current = biasCorrectionNu ? correctBias(nu, b2, count) : nu;
      const nuMax = treeMap((largest, square) => tf.maximum(largest, square), state.nuMax, current);
      const meanPower = biasCorrectionMu ? powerOf(b1, count) : tf.scalar(0);
      const none = tf.scalar(0);
      const directions = treeMap(
        (_g, mean, square) => directionOf(mean, square, meanPower, none, eps, epsRoot),
        updates,
        mu,
        nuMax,
      );
      return [directions, { count, mu, nu, nuMax }];
    },
  };
  return madeBy(transformation, scaleByAmsgrad, [b1, b2, eps, epsRoot, biasCorrectionMu, biasCorrectionNu]);
}
