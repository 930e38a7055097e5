/** @file Adam's direction by the infinity norm. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { biasCorrection, updateMoment } from "./moments.ts";
import type { AdamState } from "./scale-by-adam.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link scaleByAdamax}. */
export interface ScaleByAdamaxOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the largest gradient. Default 0.999. */
  b2?: Hyperparameter | undefined;
  /** Added to each magnitude. Default 1e-8. */
  eps?: Hyperparameter | undefined;
}

/**
 * `m̂ / u`, where m is the running mean of gradients, `m̂ = m / (1 - b1**t)`, and u the largest decayed magnitude:
 * `max(|g| + eps, b2 * u)`.
 *
 * @see optax.scale_by_adamax; Kingma and Ba, Adam, 2014, section 7.1
 */
export function scaleByAdamax(options: ScaleByAdamaxOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByAdamax", { b1: SHARE, b2: SHARE, eps: NOT_NEGATIVE });
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8 } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const nu = treeMap(
        (g, largest) => tf.maximum(tf.add(tf.abs(g), eps), tf.mul(b2, largest)),
        updates,
        state.nu,
      );
      const correction = biasCorrection(b1, count);
      const directions = treeMap(
        (_g, mean, largest) => tf.div(tf.div(mean, correction), largest),
        updates,
        mu,
        nu,
      );
      return [directions, { count, mu, nu }];
    },
  };
  return madeBy(transformation, scaleByAdamax, [b1, b2, eps]);
}
