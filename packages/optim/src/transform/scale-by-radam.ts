/** @file Rectified Adam's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { directionOf } from "./adam-direction.ts";
import { asFloat, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { correctBias, lookAhead, updateMoment, updateSquareMoment } from "./moments.ts";
import type { AdamState, ScaleByAdamOptions } from "./scale-by-adam.ts";
import { squaredPower } from "./squared-power.ts";
import { NOT_NEGATIVE, NUMBER, SHARE } from "../ranges.ts";

/** Options of {@link scaleByRadam}. */
export interface ScaleByRadamOptions extends ScaleByAdamOptions {
  /** The length of the averaged window from which on the mean of squares is used. Default 5. */
  threshold?: Hyperparameter | undefined;
}

/**
 * Adam's direction times a factor that grows with the number of squares averaged, `ρ`; below `threshold`, when the
 * mean of squares is not to be trusted, `m̂` alone.
 *
 * @see optax.scale_by_radam; Liu et al., On the variance of the adaptive learning rate and beyond, 2019
 */
export function scaleByRadam(options: ScaleByRadamOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByRadam", {
    threshold: NUMBER,
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    epsRoot: NOT_NEGATIVE,
    nesterov: true,
  });
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, threshold = 5, nesterov = false } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update(updates, state) {
      const count = random.increment(state.count);
      const mu = updateMoment(updates, state.mu, b1);
      const nu = updateSquareMoment(updates, state.nu, b2);
      const mean = nesterov ? lookAhead(updates, mu, b1, count) : correctBias(mu, b1, count);
      const squarePower = squaredPower(b2, count);
      const none = tf.scalar(0);
      const [isLong, factor] = rectification(b2, squarePower, count, threshold);
      const directions = treeMap(
        (_g, m, v) => {
          const rectified = directionOf(tf.mul(factor, m), v, none, squarePower, eps, epsRoot);
          return tf.where(isLong, rectified, m);
        },
        updates,
        mean,
        nu,
      );
      return [directions, { count, mu, nu }];
    },
  };
  return madeBy(transformation, scaleByRadam, [b1, b2, eps, epsRoot, threshold, nesterov]);
}

/** Whether the window is long enough, and the factor if it is (NaN if it is not). */
function rectification(
  b2: Hyperparameter,
  squarePower: tf.Tensor,
  count: tf.Tensor,
  threshold: Hyperparameter,
): [isLong: tf.Tensor, factor: tf.Tensor] {
  const [longest, product] = longestWindow(b2);
  const lost = tf.div(tf.mul(tf.mul(2, asFloat(count)), squarePower), tf.sub(1, squarePower));
  const length = tf.sub(longest, lost);
  const over = tf.mul(tf.mul(tf.sub(length, 4), tf.sub(length, 2)), longest);
  const factor = tf.sqrt(tf.div(over, tf.mul(product, length)));
  return [tf.greaterEqual(length, threshold), factor];
}

/** The length ρ of the window after many updates, and `(ρ - 4) * (ρ - 2)`. */
function longestWindow(b2: Hyperparameter): [length: Hyperparameter, product: Hyperparameter] {
  if (typeof b2 !== "number") {
    const length = tf.sub<tf.Scalar>(tf.div(2, tf.sub(1, b2)), 1);
    return [length, tf.mul(tf.sub(length, 4), tf.sub(length, 2))];
  }
  const length = 2 / (1 - b2) - 1;
  return [length, (length - 4) * (length - 2)];
}
