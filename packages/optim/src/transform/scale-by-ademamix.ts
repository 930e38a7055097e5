/** @file AdEMAMix's directions. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, powerOf, weightedSum } from "../hyperparameter.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { correctBias, updateMoment, updateSquareMoment } from "./moments.ts";
import { valueAt } from "./value-at.ts";
import { NOT_NEGATIVE, NUMBER, SHARE, orSchedule } from "../ranges.ts";

/**
 * What AdEMAMix remembers: the number of updates, twice (int32 `[]`), a fast and a slow mean of gradients and that of
 * squares, shaped as the parameters.
 */
export type AdemamixState = {
  readonly count: tf.Tensor;
  readonly countM2: tf.Tensor;
  readonly m1: Tree;
  readonly m2: Tree;
  readonly nu: Tree;
};

/** Options of {@link scaleByAdemamix}. */
export interface ScaleByAdemamixOptions {
  /** Decay of the fast mean of gradients. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of squared gradients. Default 0.999. */
  b2?: Hyperparameter | undefined;
  /** Decay of the slow mean of gradients, or a schedule of it. Default 0.9999. */
  b3?: LearningRate | undefined;
  /** The share of the slow mean, or a schedule of it. Default 6. */
  alpha?: LearningRate | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** Added inside the root. Default 0. */
  epsRoot?: Hyperparameter | undefined;
}

/**
 * `(m̂1 + alpha * m2) / (√(v̂ + epsRoot) + eps)`: Adam's direction with a second mean of gradients that reaches far back.
 *
 * @see optax.contrib.scale_by_ademamix; Pagliardini et al., The AdEMAMix optimizer, 2024
 */
export function scaleByAdemamix(options: ScaleByAdemamixOptions = {}): GradientTransformation<AdemamixState> {
  assertOptions(options, "scaleByAdemamix", {
    b1: SHARE,
    b2: SHARE,
    b3: orSchedule(SHARE),
    alpha: orSchedule(NUMBER),
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { b1 = 0.9, b2 = 0.999, b3 = 0.9999, alpha = 6, eps = 1e-8, epsRoot = 0 } = options;
  const transformation: GradientTransformation<AdemamixState> = {
    init: (params) => ({
      count: zeroCount(),
      countM2: zeroCount(),
      m1: zerosLike(params),
      m2: zerosLike(params),
      nu: zerosLike(params),
    }),
    update(updates, state) {
      const decay = valueAt(b3, state.countM2, "scaleByAdemamix");
      const share = valueAt(alpha, state.countM2, "scaleByAdemamix");
      const count = random.increment(state.count);
      const m1 = updateMoment(updates, state.m1, b1);
      const m2 = updateMoment(updates, state.m2, decay);
      const nu = updateSquareMoment(updates, state.nu, b2);
      const [none, squarePower] = [tf.scalar(0), powerOf(b2, count)];
      const directions = treeMap(
        (_g, fast, slow, square) =>
          directionOf(weightedSum(1, fast, share, slow), square, none, squarePower, eps, epsRoot),
        updates,
        correctBias(m1, b1, count),
        m2,
        nu,
      );
      return [directions, { count, countM2: random.increment(state.countM2), m1, m2, nu }];
    },
  };
  return madeBy(transformation, scaleByAdemamix, [b1, b2, b3, alpha, eps, epsRoot]);
}

/** The number of updates (int32 `[]`), the decaying sum of gradients and the mean of squares. */
export type SimplifiedAdemamixState = { readonly t: tf.Tensor; readonly m: Tree; readonly n: Tree };

/** Options of {@link scaleBySimplifiedAdemamix}. */
export interface ScaleBySimplifiedAdemamixOptions {
  /** Decay of the sum of gradients. Default 0.99. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of squared gradients. Default 0.95. */
  b2?: Hyperparameter | undefined;
  /** The share of the present gradient, or a schedule of it. Default 0. */
  alpha?: LearningRate | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** Added inside the root. Default 0. */
  epsRoot?: Hyperparameter | undefined;
}

/**
 * `(m + alpha * g) / (√(n̂ + epsRoot) + eps)`, where m is the sum `g + b1 * m` and n the mean of squares.
 *
 * @see optax.contrib.scale_by_simplified_ademamix; Morwani et al., Connections between schedule-free optimizers,
 *   AdEMAMix, and accelerated SGD variants, 2025
 */
export function scaleBySimplifiedAdemamix(
  options: ScaleBySimplifiedAdemamixOptions = {},
): GradientTransformation<SimplifiedAdemamixState> {
  assertOptions(options, "scaleBySimplifiedAdemamix", {
    b1: SHARE,
    b2: SHARE,
    alpha: orSchedule(NUMBER),
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { b1 = 0.99, b2 = 0.95, alpha = 0, eps = 1e-8, epsRoot = 0 } = options;
  const transformation: GradientTransformation<SimplifiedAdemamixState> = {
    init: (params) => ({ t: zeroCount(), m: zerosLike(params), n: zerosLike(params) }),
    update(updates, state) {
      const share = valueAt(alpha, state.t, "scaleBySimplifiedAdemamix");
      const t = random.increment(state.t);
      const m = treeMap((g, sum) => weightedSum(1, g, b1, sum), updates, state.m);
      const n = updateSquareMoment(updates, state.n, b2);
      const [none, squarePower] = [tf.scalar(0), powerOf(b2, t)];
      const directions = treeMap(
        (g, sum, square) =>
          directionOf(weightedSum(1, sum, share, g), square, none, squarePower, eps, epsRoot),
        updates,
        m,
        n,
      );
      return [directions, { t, m, n }];
    },
  };
  return madeBy(transformation, scaleBySimplifiedAdemamix, [b1, b2, alpha, eps, epsRoot]);
}
