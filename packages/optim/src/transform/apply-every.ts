/** @file Updates that are gathered and given together. */
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertCount } from "../checked-arguments.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { zerosLikeTree } from "../wrappers/select.ts";

/** How many updates have been gathered (int32 `[]`), and their sum, shaped as the parameters. */
export type ApplyEveryState = { readonly count: tf.Tensor; readonly gradAcc: Tree };

/**
 * The sum of each `k` updates at the last of them, zeros before.
 *
 * What stands before it in a chain still counts every update: `MultiSteps` is what stands for a larger batch.
 *
 * @throws InvalidArgumentError unless `k` is a positive integer
 * @see optax.apply_every
 */
export function applyEvery(k = 1): GradientTransformation<ApplyEveryState> {
  assertCount(k, "k", "applyEvery");
  const transformation: GradientTransformation<ApplyEveryState> = {
    init: (params) => ({ count: tf.scalar(0, "int32"), gradAcc: zerosLikeTree(params) }),
    update(updates, state) {
      const isFirst = tf.equal(state.count, tf.scalar(0, "int32"));
      const isLast = tf.equal(state.count, tf.scalar(k - 1, "int32"));
      const gradAcc = treeMap(
        (update, sum) => tf.where(isFirst, update, tf.add(sum, update)),
        updates,
        state.gradAcc,
      );
      const given = treeMap((sum) => tf.where(isLast, sum, tf.zerosLike(sum)), gradAcc);
      const count = tf.where(isLast, tf.scalar(0, "int32"), random.increment(state.count));
      return [given, { count, gradAcc }];
    },
  };
  return madeBy(transformation, applyEvery, [k]);
}
