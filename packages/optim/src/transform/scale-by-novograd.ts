/** @file NovoGrad's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { complement, type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { isFirst, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { requireParams } from "./required.ts";
import type { AdamState, ScaleByAdamOptions } from "./scale-by-adam.ts";
import { choose } from "./tree-math.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link scaleByNovograd}: Adam's, with another default: `b2` is 0.25. */
export interface ScaleByNovogradOptions extends Omit<ScaleByAdamOptions, "nesterov"> {
  /** The share of each parameter that is added before the momentum. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * `m = b1 * m + g / (√(v + epsRoot) + eps) + weightDecay * param`, where v is the running mean of the squared length
 * of each parameter's gradient: one number for each. Both begin with the first gradient.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.scale_by_novograd; Ginsburg et al., Stochastic gradient methods with layer-wise adaptive moments, 2019
 */
export function scaleByNovograd(options: ScaleByNovogradOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByNovograd", {
    weightDecay: true,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
  });
  const { b1 = 0.9, b2 = 0.25, eps = 1e-8, epsRoot = 0, weightDecay = 0 } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({
      count: zeroCount(),
      mu: zerosLike(params),
      nu: treeMap(() => tf.scalar(0), params),
    }),
    update(updates, state, given) {
      const params = requireParams(given, "scaleByNovograd");
      const first = isFirst(state.count);
      const lengths = treeMap((g) => tf.sum(tf.square(g)), updates);
      const means = treeMap((length, v) => weightedSum(complement(b2), length, b2, v), lengths, state.nu);
      const nu = choose(first, lengths, means);
      const steps = treeMap(
        (g, param, v) => {
          const unit = tf.div(g, tf.add(tf.sqrt(tf.add(v, epsRoot)), eps));
          return weightedSum(1, unit, weightDecay, param);
        },
        updates,
        params,
        nu,
      );
      const sums = treeMap((step, m) => weightedSum(b1, m, 1, step), steps, state.mu);
      const mu = choose(first, steps, sums);
      return [mu, { count: random.increment(state.count), mu, nu }];
    },
  };
  return madeBy(transformation, scaleByNovograd, [b1, b2, eps, epsRoot, weightDecay]);
}
