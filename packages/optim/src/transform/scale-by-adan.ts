/** @file Adan's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, powerOf, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { isFirst, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { correctBias, updateMoment, updateSquareMoment } from "./moments.ts";
import { choose, subtract } from "./tree-math.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/**
 * What Adan remembers: running means of gradients (m), of their differences (v) and of squares (n), the last
 * gradient (g), all shaped as the parameters, and the number of updates (int32 `[]`).
 */
export type AdanState = {
  readonly m: Tree;
  readonly v: Tree;
  readonly n: Tree;
  readonly g: Tree;
  readonly t: tf.Tensor;
};

/** Options of {@link scaleByAdan}. */
export interface ScaleByAdanOptions {
  /** Decay of the mean of gradients. Default 0.98. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of differences. Default 0.92. */
  b2?: Hyperparameter | undefined;
  /** Decay of the mean of squares. Default 0.99. */
  b3?: Hyperparameter | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** Added inside the root. Default 0. */
  epsRoot?: Hyperparameter | undefined;
}

/**
 * `(m̂ + (1 - b2) * v̂) / (√(n̂ + epsRoot) + eps)`, where m, v and n are running means of gradients, of the differences
 * d between one and the next, and of `(g + (1 - b2) * d)²`.
 *
 * @see optax.scale_by_adan; Xie et al., Adan: adaptive Nesterov momentum algorithm, 2022
 */
export function scaleByAdan(options: ScaleByAdanOptions = {}): GradientTransformation<AdanState> {
  assertOptions(options, "scaleByAdan", {
    b1: SHARE,
    b2: SHARE,
    b3: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, epsRoot = 0 } = options;
  const ahead = <T extends Tree>(x: T, difference: Tree): T =>
    treeMap((a, d) => weightedSum(1, a, complement(b2), d), x, difference);
  const transformation: GradientTransformation<AdanState> = {
    init: (params) => ({
      m: zerosLike(params),
      v: zerosLike(params),
      n: zerosLike(params),
      g: zerosLike(params),
      t: zeroCount(),
    }),
    update(updates, state) {
      const t = random.increment(state.t);
      const difference = choose(isFirst(state.t), zerosLike(updates), subtract(updates, state.g));
      const m = updateMoment(updates, state.m, b1);
      const v = updateMoment(difference, state.v, b2);
      const n = updateSquareMoment(ahead(updates, difference), state.n, b3);
      const numerator = ahead(correctBias(m, b1, t), correctBias(v, b2, t));
      const [none, squarePower] = [tf.scalar(0), powerOf(b3, t)];
      const directions = treeMap(
        (_g, mean, square) => directionOf(mean, square, none, squarePower, eps, epsRoot),
        updates,
        numerator,
        n,
      );
      return [directions, { m, v, n, g: updates, t }];
    },
  };
  return madeBy(transformation, scaleByAdan, [b1, b2, b3, eps, epsRoot]);
}
