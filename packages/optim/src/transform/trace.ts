/** @file Momentum. */
import { assertInRange, assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter, weightedSum } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { SHARE } from "../ranges.ts";

/** The decaying sum of past updates, shaped as the parameters. */
export type TraceState = { readonly trace: Tree };

/** Options of {@link trace}. */
export interface TraceOptions {
  /** Whether the new gradient counts once more ahead of the trace. Default `false`. */
  nesterov?: boolean | undefined;
}

/**
 * `t = update + decay * t`, the classical momentum; with `nesterov` `update + decay * t` of the new t.
 *
 * @see optax.trace
 */
export function trace(decay: Hyperparameter, options: TraceOptions = {}): GradientTransformation<TraceState> {
  assertOptions(options, "trace", { nesterov: true });
  const { nesterov = false } = options;
  assertInRange(decay, SHARE, "decay", "trace");
  const accumulate = (update: tf.Tensor, old: tf.Tensor) => weightedSum(1, update, decay, old);
  const transformation: GradientTransformation<TraceState> = {
    init: (params) => ({ trace: treeMap((param) => tf.zerosLike(param), params) }),
    update(updates, state) {
      const sum = treeMap(accumulate, updates, state.trace);
      return [nesterov ? treeMap(accumulate, updates, sum) : sum, { trace: sum }];
    },
  };
  return madeBy(transformation, trace, [decay, nesterov]);
}
