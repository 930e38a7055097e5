/** @file Adadelta's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { zerosLike } from "./filled.ts";
import { updateSquareMoment } from "./moments.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** What Adadelta remembers: running means of squared gradients and of squared updates, shaped as the parameters. */
export type AdadeltaState = { readonly eG: Tree; readonly eX: Tree };

/** Options of {@link scaleByAdadelta}. */
export interface ScaleByAdadeltaOptions {
  /** Decay of the running means. Default 0.9. */
  rho?: Hyperparameter | undefined;
  /** Added inside the roots. Default 1e-6. */
  eps?: Hyperparameter | undefined;
}

/**
 * `g * √(x + eps) / √(v + eps)`, where v and x are running means of squared gradients and of squared updates.
 *
 * @see optax.scale_by_adadelta; Zeiler, Adadelta, 2012
 */
export function scaleByAdadelta(options: ScaleByAdadeltaOptions = {}): GradientTransformation<AdadeltaState> {
  assertOptions(options, "scaleByAdadelta", { rho: SHARE, eps: NOT_NEGATIVE });
  const { rho = 0.9, eps = 1e-6 } = options;
  const transformation: GradientTransformation<AdadeltaState> = {
    init: (params) => ({ eG: zerosLike(params), eX: zerosLike(params) }),
    update(updates, state) {
      const eG = updateSquareMoment(updates, state.eG, rho);
      const directions = treeMap(
        (g, current, previous) =>
          tf.mul(tf.div(tf.sqrt(tf.add(previous, eps)), tf.sqrt(tf.add(current, eps))), g),
        updates,
        eG,
        state.eX,
      );
      return [directions, { eG, eX: updateSquareMoment(directions, state.eX, rho) }];
    },
  };
  return madeBy(transformation, scaleByAdadelta, [rho, eps]);
}
