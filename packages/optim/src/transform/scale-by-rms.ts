/** @file RMSProp's directions: gradients by their root mean square or their deviation. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import { type Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { type Tree, treeMap } from "../tree.ts";
import { zeroCount } from "./count.ts";
import { fullLike, zerosLike } from "./filled.ts";
import { correctBias, updateMoment, updateSquareMoment } from "./moments.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** The running mean of squared gradients; with bias correction the number of updates, int32 `[]`. */
export type RmsState = { readonly nu: Tree } | { readonly count: tf.Tensor; readonly nu: Tree };

/** As {@link RmsState}, with the running mean of gradients. */
export type StddevState =
  | { readonly mu: Tree; readonly nu: Tree }
  | { readonly count: tf.Tensor; readonly mu: Tree; readonly nu: Tree };

/** Options of {@link scaleByRms} and {@link scaleByStddev}. */
export interface ScaleByRmsOptions {
  /** Decay of the running means. Default 0.9. */
  decay?: Hyperparameter | undefined;
  /** Keeps the denominator from 0. Default 1e-8. */
  eps?: Hyperparameter | undefined;
  /** The mean of squares before the first update. Default 0; PyTorch and Keras begin with 0, TensorFlow 1 with 1. */
  initialScale?: Hyperparameter | undefined;
  /** Whether `eps` is added inside the root. Default `true`; PyTorch adds it outside. */
  epsInSqrt?: boolean | undefined;
  /** Whether the share of the start is taken out of the means. Default `false`. */
  biasCorrection?: boolean | undefined;
}

/**
 * `g / √(v + eps)`, where v is the running mean of squared gradients.
 *
 * @see optax.scale_by_rms; Tieleman and Hinton, RMSProp, 2012
 */
export function scaleByRms(options: ScaleByRmsOptions = {}): GradientTransformation<RmsState> {
  assertOptions(options, "scaleByRms", {
    decay: SHARE,
    eps: NOT_NEGATIVE,
    initialScale: NOT_NEGATIVE,
    epsInSqrt: true,
    biasCorrection: true,
  });
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, biasCorrection = false } = options;
  const transformation: GradientTransformation<RmsState> = {
    init: (params) => ({
      ...(biasCorrection ? { count: zeroCount() } : {}),
      nu: fullLike(params, initialScale),
    }),
    update(updates, state) {
      const nu = updateSquareMoment(updates, state.nu, decay);
      const count = "count" in state ? random.increment(state.count) : undefined;
      const corrected = count === undefined ? nu : correctBias(nu, decay, count);
      const directions = treeMap(
        (g, square) => tf.mul(inverse(square, eps, epsInSqrt), g),
        updates,
        corrected,
      );
      return [directions, { ...(count === undefined ? {} : { count }), nu }];
    },
  };
  return madeBy(transformation, scaleByRms, [decay, eps, initialScale, epsInSqrt, biasCorrection]);
}

/**
 * `g / √(v - m² + eps)`, where m and v are running means of gradients and of their squares: by the standard deviation.
 *
 * @see optax.scale_by_stddev; Graves, Generating sequences with recurrent neural networks, 2013
 */
export function scaleByStddev(options: ScaleByRmsOptions = {}): GradientTransformation<StddevState> {
  assertOptions(options, "scaleByStddev", {
    decay: SHARE,
    eps: NOT_NEGATIVE,
    initialScale: NOT_NEGATIVE,
    epsInSqrt: true,
    biasCorrection: true,
  });
  const { decay = 0.9, eps = 1e-8, initialScale = 0, epsInSqrt = true, biasCorrection = false } = options;
  const transformation: GradientTransformation<StddevState> = {
    init: (params) => ({
      ...(biasCorrection ? { count: zeroCount() } : {}),
      mu: zerosLike(params),
      nu: fullLike(params, initialScale),
    }),
    update(updates, state) {
      const mu = updateMoment(updates, state.mu, decay);
      const nu = updateSquareMoment(updates, state.nu, decay);
      const count = "count" in state ? random.increment(state.count) : undefined;
      const correct = (mean: Tree) => (count === undefined ? mean : correctBias(mean, decay, count));
      const directions = treeMap(
        (g, mean, square) => tf.mul(inverse(tf.sub(square, tf.square(mean)), eps, epsInSqrt), g),
        updates,
        correct(mu),
        correct(nu),
      );
      return [directions, { ...(count === undefined ? {} : { count }), mu, nu }];
    },
  };
  return madeBy(transformation, scaleByStddev, [decay, eps, initialScale, epsInSqrt, biasCorrection]);
}

function inverse(square: tf.Tensor, eps: Hyperparameter, epsInSqrt: boolean): tf.Tensor {
  return epsInSqrt ? tf.rsqrt(tf.add(square, eps)) : tf.div(1, tf.add(tf.sqrt(square), eps));
}
