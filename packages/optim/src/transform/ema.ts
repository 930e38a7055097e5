/** @file A running mean of the updates. */
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { assertInRange, assertOptions } from "../checked-arguments.ts";
import { type Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { biasCorrection, updateMoment } from "./moments.ts";
import { SHARE } from "../ranges.ts";

/** The number of updates (int32 `[]`) and their running mean, shaped as the parameters. */
export type EmaState = { readonly count: tf.Tensor; readonly ema: Tree };

/** Options of {@link ema}. */
export interface EmaOptions {
  /** Whether the mean is divided by the share that does not come from its start at zero. Default `true`. */
  debias?: boolean | undefined;
}

/**
 * `e = (1 - decay) * update + decay * e`, divided by `1 - decay**t` unless `debias` is `false`.
 *
 * @see optax.ema
 */
export function ema(decay: Hyperparameter, options: EmaOptions = {}): GradientTransformation<EmaState> {
  assertInRange(decay, SHARE, "decay", "ema");
  assertOptions(options, "ema", { debias: true });
  const { debias = true } = options;
  const transformation: GradientTransformation<EmaState> = {
    init: (params) => ({
      count: tf.scalar(0, "int32"),
      ema: treeMap((param) => tf.zerosLike(param), params),
    }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mean = updateMoment(updates, state.ema, decay);
      if (!debias) return [mean, { count, ema: mean }];
      const correction = biasCorrection(decay, count);
      return [treeMap((leaf) => tf.div(leaf, correction), mean), { count, ema: mean }];
    },
  };
  return madeBy(transformation, ema, [decay, debias]);
}
