/** @file Adam's direction, without the learning rate. */
import { random } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { biasCorrection, updateMoment, updateSquareMoment } from "./moments.ts";

/** What Adam remembers: the number of updates (int32 `[]`) and the two moments, shaped as the parameters. */
export type AdamState = { readonly count: tf.Tensor; readonly mu: Tree; readonly nu: Tree };

/** Options of {@link scaleByAdam}. */
export interface ScaleByAdamOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  b1?: number | undefined;
  /** Decay of the mean of squared gradients. Default 0.999. */
  b2?: number | undefined;
  /** Added outside the root. Default 1e-8. */
  eps?: number | undefined;
  /** Added inside the root. Default 0. */
  epsRoot?: number | undefined;
  /** Whether the mean looks one step ahead. Default `false`. */
  nesterov?: boolean | undefined;
}

/**
 * `m̂ / (√(v̂ + epsRoot) + eps)`, where m and v are running means of gradients and of their squares, and
 * `m̂ = m / (1 - b1**t)`, `v̂ = v / (1 - b2**t)`.
 *
 * @see optax.scale_by_adam; Kingma and Ba, Adam, 2014; for `nesterov` Dozat, 2016
 */
export function scaleByAdam({
  b1 = 0.9,
  b2 = 0.999,
  eps = 1e-8,
  epsRoot = 0,
  nesterov = false,
}: ScaleByAdamOptions = {}): GradientTransformation<AdamState> {
  return {
    init: (params) => ({
      count: tf.scalar(0, "int32"),
      mu: treeMap((param) => tf.zerosLike(param), params),
      nu: treeMap((param) => tf.zerosLike(param), params),
    }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const nu = updateSquareMoment(updates, state.nu, b2);
      const muHat = nesterov ? lookAhead(updates, mu, b1, count) : correct(mu, b1, count);
      const nuHat = correct(nu, b2, count);
      // One tensor for each constant: a number would become a new one in every operation.
      const outside = tf.scalar(eps);
      const inside = epsRoot === 0 ? undefined : tf.scalar(epsRoot);
      const directions = treeMap(
        (_update, mean, square) =>
          tf.div(mean, tf.add(tf.sqrt(inside ? tf.add(square, inside) : square), outside)),
        updates,
        muHat,
        nuHat,
      );
      return [directions, { count, mu, nu }];
    },
  };
}

function correct<T extends Tree>(moment: T, decay: number, count: tf.Tensor): T {
  const correction = biasCorrection(decay, count);
  return treeMap((mean) => tf.div(mean, correction), moment);
}

function lookAhead<T extends Tree>(updates: T, mu: T, b1: number, count: tf.Tensor): T {
  const [keep, rest] = [tf.scalar(b1), tf.scalar(1 - b1)];
  return treeMap(
    (mean, update) => tf.add(tf.mul(mean, keep), tf.mul(update, rest)),
    correct(mu, b1, random.increment(count)),
    correct(updates, b1, count),
  );
}
