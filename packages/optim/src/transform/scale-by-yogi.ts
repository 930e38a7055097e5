/** @file Yogi's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, negative, powerOf, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { zeroCount } from "./count.ts";
import { fullLike } from "./filled.ts";
import { updateMoment } from "./moments.ts";
import type { AdamState, ScaleByAdamOptions } from "./scale-by-adam.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link scaleByYogi}: Adam's, with other defaults: `eps` is 1e-3. */
export interface ScaleByYogiOptions extends Omit<ScaleByAdamOptions, "nesterov"> {
  /** Both moments before the first update. Default 1e-6. */
  initialAccumulatorValue?: Hyperparameter | undefined;
}

/**
 * `m̂ / (√(v̂ + epsRoot) + eps)`, where m is the running mean of gradients and v follows their squares by steps of a
 * share of these: `v - (1 - b2) * sign(v - g²) * g²`.
 *
 * @see optax.scale_by_yogi; Zaheer et al., Adaptive methods for nonconvex optimization, 2018
 */
export function scaleByYogi(options: ScaleByYogiOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByYogi", {
    initialAccumulatorValue: NOT_NEGATIVE,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 0, initialAccumulatorValue = 1e-6 } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({
      count: zeroCount(),
      mu: fullLike(params, initialAccumulatorValue),
      nu: fullLike(params, initialAccumulatorValue),
    }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const nu = treeMap(
        (g, v) => {
          const square = tf.square(g);
          const step = tf.mul(tf.sign(tf.sub(v, square)), square);
          return weightedSum(1, v, negative(complement(b2)), step);
        },
        updates,
        state.nu,
      );
      const [meanPower, squarePower] = [powerOf(b1, count), powerOf(b2, count)];
      const directions = treeMap(
        (_g, m, v) => directionOf(m, v, meanPower, squarePower, eps, epsRoot),
        updates,
        mu,
        nu,
      );
      return [directions, { count, mu, nu }];
    },
  };
  return madeBy(transformation, scaleByYogi, [b1, b2, eps, epsRoot, initialAccumulatorValue]);
}
