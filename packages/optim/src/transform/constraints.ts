/** @file Updates that keep to what parameters may be. */
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertParams, type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";

/**
 * Updates after which no parameter is below 0; it comes last in a chain. A parameter that is negative goes to 0 unless
 * the update makes it positive.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.keep_params_nonnegative
 */
export function keepParamsNonnegative(): GradientTransformation<EmptyState> {
  const kept = stateless((updates, params) => {
    assertParams(params, "keepParamsNonnegative");
    return treeMap(
      (update, param) => tf.where(tf.less(tf.add(param, update), 0), tf.neg(param), update),
      updates,
      params,
    );
  });
  return madeBy(kept, keepParamsNonnegative, []);
}

/** Whether the last update of each parameter had a NaN: bool `[]`, shaped as the parameters. */
export type ZeroNansState = { readonly foundNan: Tree };

/** Updates with 0 in place of NaN. The state says where there were some. @see optax.zero_nans */
export function zeroNans(): GradientTransformation<ZeroNansState> {
  const transformation: GradientTransformation<ZeroNansState> = {
    init: (params) => ({ foundNan: treeMap(() => tf.scalar(false, "bool"), params) }),
    update(updates) {
      const foundNan = treeMap((update) => tf.any(tf.isNaN(update)), updates);
      return [treeMap(withoutNans, updates), { foundNan }];
    },
  };
  return madeBy(transformation, zeroNans, []);
}

function withoutNans(update: tf.Tensor): tf.Tensor {
  return tf.where(tf.isNaN(update), tf.zerosLike(update), update);
}
