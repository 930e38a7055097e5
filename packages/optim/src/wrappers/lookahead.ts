/** @file Fast parameters that train, and slow ones that follow them. */
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertCount, assertInRange, assertOptions } from "../checked-arguments.ts";
import { complement, type Hyperparameter } from "../hyperparameter.ts";
import { assertParams, assertTransformation, type GradientTransformation } from "../transformation.ts";
import { isBranch, type Tree, treeMap } from "../tree.ts";
import { selectTree } from "./select.ts";
import { SHARE } from "../ranges.ts";

/** Fast parameters, of which gradients are taken, and slow ones, which are for evaluation. */
export type LookaheadParams<T extends Tree = Tree> = { readonly fast: T; readonly slow: T };

/** Makes pairs of fast and slow parameters. */
export const LookaheadParams = {
  /** Fast and slow parameters that begin alike. @see optax.LookaheadParams.init_synced */
  initSynced: <T extends Tree>(params: T): LookaheadParams<T> => ({ fast: params, slow: params }),
};

/** The state of {@link lookahead}. */
export type LookaheadState<S extends Tree = Tree> = {
  readonly fastState: S;
  /** How many updates the fast parameters have had since they were slow ones: int32 `[]`. */
  readonly stepsSinceSync: tf.Tensor;
  /** The slow parameters, where they are not given with the fast ones; else empty. */
  readonly slow: Tree;
};

/** Options of {@link lookahead}. */
export interface LookaheadOptions {
  /** Whether the state of the fast optimiser begins anew with each synchronisation. Default `false`. */
  resetState?: boolean | undefined;
}

/**
 * Every `syncPeriod` updates the slow parameters go a share of the way to the fast ones, which go on from there.
 *
 * As in Optax the parameters may be {@link LookaheadParams}: then so are the updates, and gradients are those of the
 * fast ones. Of other parameters, such as a model's under an `Optimizer`, the state keeps the slow ones as `slow`.
 *
 * ```ts
 * const tx = lookahead(sgd(0.1), 5, 0.5);
 * let params = LookaheadParams.initSynced({ w: tf.ones([2]) });
 * const [updates, state] = tx.update<Tree>(grads, tx.init(params), params);
 * params = applyUpdates(params, updates);
 * ```
 *
 * @param slowStepSize the share, from 0 to 1
 * @throws InvalidArgumentError unless `syncPeriod` is a positive integer
 * @see optax.lookahead; Zhang et al., Lookahead optimizer: k steps forward, 1 step back, 2019
 */
export function lookahead<S extends Tree>(
  fastOptimizer: GradientTransformation<S>,
  syncPeriod: number,
  slowStepSize: Hyperparameter,
  options: LookaheadOptions = {},
): GradientTransformation<LookaheadState<S>> {
  assertTransformation(fastOptimizer, "lookahead", "lookahead(sgd(0.1), 5, 0.5)");
  assertCount(syncPeriod, "syncPeriod", "lookahead");
  assertInRange(slowStepSize, SHARE, "slowStepSize", "lookahead");
  assertOptions(options, "lookahead", { resetState: true });
  const { resetState = false } = options;
  const transformation: GradientTransformation<LookaheadState<S>> = {
    init: (params) => ({
      fastState: fastOptimizer.init(isPair(params) ? params.fast : params),
      stepsSinceSync: tf.scalar(0, "int32"),
      slow: isPair(params) ? {} : treeMap((param) => param.clone(), params),
    }),
    update(updates, state, params, args) {
      assertParams(params, "lookahead");
      const [fast, slow] = isPair(params) ? [params.fast, params.slow] : [params, state.slow];
      const [changed, fastState] = fastOptimizer.update(updates, state.fastState, fast, args);
      const isSync = tf.equal(state.stepsSinceSync, tf.scalar(syncPeriod - 1, "int32"));
      const ahead = treeMap(
        (update, quick, steady) => tf.sub(tf.add(quick, update), steady),
        changed,
        fast,
        slow,
      );
      const share = tf.where(isSync, slowStepSize, tf.scalar(0));
      const back = tf.where(isSync, complement(slowStepSize), tf.scalar(0));
      const slowUpdates = treeMap((difference) => tf.mul(share, difference), ahead);
      const fastUpdates = treeMap(
        (update, difference) => tf.sub(update, tf.mul(back, difference)),
        changed,
        ahead,
      );
      const next: LookaheadState<S> = {
        fastState: resetState ? selectTree(isSync, fastOptimizer.init(fast), fastState) : fastState,
        stepsSinceSync: tf.where(isSync, tf.scalar(0, "int32"), random.increment(state.stepsSinceSync)),
        slow: isPair(params) ? {} : treeMap((steady, update) => tf.add(steady, update), slow, slowUpdates),
      };
      // Updates have the structure of the parameters, which are a pair here.
      const result = isPair(params) ? { fast: fastUpdates, slow: slowUpdates } : fastUpdates;
      return [result as typeof updates, next];
    },
  };
  return madeBy(transformation, lookahead, [fastOptimizer, syncPeriod, slowStepSize, resetState]);
}

function isPair(params: Tree): params is LookaheadParams {
  if (!isBranch(params)) return false;
  const keys = Object.keys(params);
  return keys.length === 2 && "fast" in params && "slow" in params;
}
