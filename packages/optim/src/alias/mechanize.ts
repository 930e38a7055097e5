/** @file Mechanic: a learning rate learnt on top of any optimiser. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import { isFirst, zeroCount } from "../transform/count.ts";
import { requireParams } from "../transform/required.ts";
import { addScaled, choose, dot, norm, subtract } from "../transform/tree-math.ts";
import { assertTransformation, type GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { COUNT, NOT_NEGATIVE } from "../ranges.ts";

/**
 * What Mechanic remembers: the state of the optimiser, the number of updates (int32 `[]`), the bets, one for each
 * decay (r, m, v and the rates s, float32 `[numBetas]`), and the first parameters.
 */
export type MechanicState<S extends Tree = Tree> = {
  readonly baseOptimizerState: S;
  readonly count: tf.Tensor;
  readonly r: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
  readonly s: tf.Tensor;
  readonly x0: Tree;
};

/** Options of {@link mechanize}. */
export interface MechanizeOptions {
  /** The strength of the decay that the rates learn from. Default 0.01. */
  weightDecay?: Hyperparameter | undefined;
  /** Added to denominators. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** The sum of the rates to begin with, times their number. Default 1e-6. */
  sInit?: Hyperparameter | undefined;
  /** The number of rates that are learnt and added, with decays 0.9, 0.99 and so on. Default 6. */
  numBetas?: number | undefined;
}

/**
 * Learns a factor of the steps that `baseOptimizer` has taken in all. Give it the learning rate 1, or a schedule that
 * ends at 0.
 *
 * ```ts
 * const optimizer = new Optimizer(model, mechanize(adam(1)), { wrt: Param });
 * ```
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.contrib.mechanize; Cutkosky et al., Mechanic: a learning rate tuner, 2023
 */
export function mechanize<S extends Tree>(
  baseOptimizer: GradientTransformation<S>,
  options: MechanizeOptions = {},
): GradientTransformation<MechanicState<S>> {
  assertTransformation(baseOptimizer, "mechanize", "mechanize(adam(1))");
  assertOptions(options, "mechanize", {
    weightDecay: true,
    eps: NOT_NEGATIVE,
    sInit: NOT_NEGATIVE,
    numBetas: COUNT,
  });
  const { weightDecay = 0.01, eps = 1e-8, sInit = 1e-6, numBetas = 6 } = options;
  const decays = Array.from({ length: numBetas }, (_, i) => 1 - 0.1 ** (i + 1));
  const transformation: GradientTransformation<MechanicState<S>> = {
    init: (params) => ({
      baseOptimizerState: baseOptimizer.init(params),
      count: zeroCount(),
      r: tf.zeros([numBetas]),
      m: tf.zeros([numBetas]),
      v: tf.zeros([numBetas]),
      s: tf.mul(tf.ones([numBetas]), sInit),
      x0: params,
    }),
    update(updates, state, given, args) {
      const params = requireParams(given, "mechanize");
      const [steps, baseOptimizerState] = baseOptimizer.update(
        updates,
        state.baseOptimizerState,
        params,
        args,
      );
      const x0 = choose(isFirst(state.count), params, state.x0);
      const rate = tf.sum(state.s);
      const pull = tf.div(tf.mul(tf.mul(weightDecay, rate), norm(updates)), tf.add(norm(params), eps));
      const decayed = addScaled(updates, pull, params);
      const before = treeMap((x, first) => tf.div(tf.sub(first, x), tf.add(rate, eps)), params, x0);
      const delta = subtract(before, steps);
      const h = dot(decayed, before);

      const betas = tf.tensor1d(decays);
      const bounded = tf.minimum(tf.maximum(tf.neg(state.m), h), state.m);
      const m = tf.maximum(tf.mul(betas, state.m), tf.add(tf.abs(h), eps));
      const v = tf.add(tf.mul(tf.square(betas), state.v), tf.square(h));
      const r = tf.add(tf.mul(betas, state.r), tf.mul(bounded, state.s));
      const wealth = tf.add(tf.mul(tf.div(sInit, numBetas), m), tf.maximum(r, 0));
      const s = tf.div(wealth, tf.add(tf.sqrt(v), eps));

      const next = tf.sum(s);
      const moves = treeMap(
        (_g, first, change, x) => tf.sub(tf.sub(first, tf.mul(next, change)), x),
        updates,
        x0,
        delta,
        params,
      );
      return [moves, { baseOptimizerState, count: random.increment(state.count), r, m, v, s, x0 }];
    },
  };
  return madeBy(transformation, mechanize, [baseOptimizer, weightDecay, eps, sInit, numBetas]);
}
