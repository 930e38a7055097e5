/** @file Updates times the sizes of the parameters. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import { type EmptyState, type GradientTransformation, stateless } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { lengthOf } from "./scale-by-trust-ratio.ts";
import { requireParams } from "./required.ts";
import { NOT_NEGATIVE } from "../ranges.ts";

/** Options of {@link scaleByParamBlockNorm} and {@link scaleByParamBlockRms}. */
export interface ScaleByParamBlockOptions {
  /** The least factor. Default 1e-3. */
  minScale?: Hyperparameter | undefined;
}

/**
 * Each update times the length of its parameter, at least `minScale`.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.scale_by_param_block_norm
 */
export function scaleByParamBlockNorm(
  options: ScaleByParamBlockOptions = {},
): GradientTransformation<EmptyState> {
  assertOptions(options, "scaleByParamBlockNorm", { minScale: NOT_NEGATIVE });
  const { minScale = 1e-3 } = options;
  const scaling = stateless((updates, params?: Tree) =>
    treeMap(
      (update, param) => tf.mul(update, tf.maximum(lengthOf(param), minScale)),
      updates,
      requireParams(params, "scaleByParamBlockNorm"),
    ),
  );
  return madeBy(scaling, scaleByParamBlockNorm, [minScale]);
}

/**
 * Each update times the root mean square of its parameter, at least `minScale`.
 *
 * @throws MissingArgumentError by `update` without `params`
 * @see optax.scale_by_param_block_rms; Shazeer and Stern, Adafactor, 2018, section 8
 */
export function scaleByParamBlockRms(
  options: ScaleByParamBlockOptions = {},
): GradientTransformation<EmptyState> {
  assertOptions(options, "scaleByParamBlockRms", { minScale: NOT_NEGATIVE });
  const { minScale = 1e-3 } = options;
  const scaling = stateless((updates, params?: Tree) =>
    treeMap(
      (update, param) => tf.mul(update, tf.maximum(tf.sqrt(tf.mean(tf.square(param))), minScale)),
      updates,
      requireParams(params, "scaleByParamBlockRms"),
    ),
  );
  return madeBy(scaling, scaleByParamBlockRms, [minScale]);
}
