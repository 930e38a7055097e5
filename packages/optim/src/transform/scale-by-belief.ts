/** @file AdaBelief's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { powerOf } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { lookAhead, updateMoment, updateSquareMoment } from "./moments.ts";
import type { AdamState, ScaleByAdamOptions } from "./scale-by-adam.ts";
import { subtract } from "./tree-math.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link scaleByBelief}: Adam's, with other defaults: `eps` and `epsRoot` are 1e-16. */
export interface ScaleByBeliefOptions extends ScaleByAdamOptions {}

/**
 * `m̂ / (√v̂ + eps)`, where m is the running mean of gradients and v that of the squares of what it did not foresee,
 * `(g - m)²`, plus `epsRoot` with each update.
 *
 * @see optax.scale_by_belief; Zhuang et al., AdaBelief optimizer, 2020
 */
export function scaleByBelief(options: ScaleByBeliefOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByBelief", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
  });
  const { b1 = 0.9, b2 = 0.999, eps = 1e-16, epsRoot = 1e-16, nesterov = false } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const surprise = updateSquareMoment(subtract(updates, mu), state.nu, b2);
      const nu = treeMap((square) => tf.add(square, epsRoot), surprise);
      const mean = nesterov ? lookAhead(updates, mu, b1, count) : mu;
      const meanPower = nesterov ? tf.scalar(0) : powerOf(b1, count);
      const squarePower = powerOf(b2, count);
      const directions = treeMap(
        (_g, m, v) => directionOf(m, v, meanPower, squarePower, eps, 0),
        updates,
        mean,
        nu,
      );
      return [directions, { count, mu, nu }];
    },
  };
  return madeBy(transformation, scaleByBelief, [b1, b2, eps, epsRoot, nesterov]);
}
