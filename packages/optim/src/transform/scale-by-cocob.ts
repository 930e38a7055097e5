/** @file COCOB's steps. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import type { Tree } from "../tree.ts";
import { fullLike, zerosLike } from "./filled.ts";
import { mapToMany } from "./leafwise.ts";
import { requireParams } from "./required.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

/** What COCOB remembers, shaped as the parameters: the first of them, and what was bet and won. */
export type CocobState = {
  readonly initParticles: Tree;
  readonly cumulativeGradients: Tree;
  readonly scale: Tree;
  readonly subgradients: Tree;
  readonly reward: Tree;
};

/** Options of {@link scaleByCocob}. */
export interface ScaleByCocobOptions {
  /** How slowly the first steps grow. Default 100. */
  alpha?: Hyperparameter | undefined;
  /** The least scale of a gradient. Default 1e-8. */
  eps?: Hyperparameter | undefined;
}

/**
 * The step to `x0 + C / (L * max(G + L, alpha * L)) * (L + R)`: each element bets on its gradients as on coins.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.scale_by_cocob; Orabona and Tommasi, Training deep networks without learning rates, 2017
 */
export function scaleByCocob(options: ScaleByCocobOptions = {}): GradientTransformation<CocobState> {
  assertOptions(options, "scaleByCocob", { alpha: NUMBER, eps: NOT_NEGATIVE });
  const { alpha = 100, eps = 1e-8 } = options;
  const transformation: GradientTransformation<CocobState> = {
    init: (params) => ({
      initParticles: params,
      cumulativeGradients: zerosLike(params),
      scale: fullLike(params, eps),
      subgradients: zerosLike(params),
      reward: zerosLike(params),
    }),
    update(updates, { initParticles, ...state }, given) {
      const params = requireParams(given, "scaleByCocob");
      const [steps, cumulativeGradients, scale, subgradients, reward] = mapToMany(
        (_path, g, x, x0, sum, largest, magnitudes, won) => {
          const size = tf.abs(g);
          const l = tf.maximum(largest, size);
          const total = tf.add(magnitudes, size);
          const r = tf.maximum(tf.sub(won, tf.mul(g, tf.sub(x, x0))), 0);
          const c = tf.sub(sum, g);
          const stake = tf.div(c, tf.mul(l, tf.maximum(tf.add(total, l), tf.mul(alpha, l))));
          const step = tf.sub(tf.add(x0, tf.mul(stake, tf.add(l, r))), x);
          return [step, c, l, total, r];
        },
        updates,
        params,
        initParticles,
        state.cumulativeGradients,
        state.scale,
        state.subgradients,
        state.reward,
      );
      // The structure of the updates is kept.
      return [steps as typeof updates, { initParticles, cumulativeGradients, scale, subgradients, reward }];
    },
  };
  return madeBy(transformation, scaleByCocob, [alpha, eps]);
}
