/** @file ADOPT's direction. */
import { assertOptions } from "../checked-arguments.ts";
import { madeBy } from "@nnx-js/nn";
import * as random from "@nnx-js/tensor/random";
import * as tf from "@tensorflow/tfjs-core";
import type { Hyperparameter } from "../hyperparameter.ts";
import type { GradientTransformation } from "../transformation.ts";
import { treeMap } from "../tree.ts";
import { asFloat, isFirst, zeroCount } from "./count.ts";
import { zerosLike } from "./filled.ts";
import { updateMoment, updateSquareMoment } from "./moments.ts";
import type { AdamState } from "./scale-by-adam.ts";
import { NOT_NEGATIVE, SHARE } from "../ranges.ts";

/** Options of {@link scaleByAdopt}. */
export interface ScaleByAdoptOptions {
  /** Decay of the mean of directions. Default 0.9. */
  b1?: Hyperparameter | undefined;
  /** Decay of the mean of squared gradients. Default 0.9999. */
  b2?: Hyperparameter | undefined;
  /** The least denominator. Default 1e-6. */
  eps?: Hyperparameter | undefined;
  /** Whether the mean looks one step ahead. Default `false`. */
  nesterov?: boolean | undefined;
  /** Whether directions are bounded. Default `true`. */
  useClipping?: boolean | undefined;
  /** The bound from the number of updates before, float32 `[]`. Default its fourth root. */
  clipValueFn?: ((count: tf.Scalar) => tf.Tensor) | undefined;
}

/**
 * The running mean of `g / max(√v, eps)`, where v is the mean of the squares before this gradient. The first update is
 * 0: it only begins v.
 *
 * @see optax.contrib.scale_by_adopt; Taniguchi et al., ADOPT: modified Adam can converge with any β2, 2024
 */
export function scaleByAdopt(options: ScaleByAdoptOptions = {}): GradientTransformation<AdamState> {
  assertOptions(options, "scaleByAdopt", {
    b1: SHARE,
    b2: SHARE,
    eps: NOT_NEGATIVE,
    nesterov: true,
    useClipping: true,
    clipValueFn: true,
  });
  const { b1 = 0.9, b2 = 0.9999, eps = 1e-6, nesterov = false } = options;
  const { useClipping = true, clipValueFn = fourthRoot } = options;
  const transformation: GradientTransformation<AdamState> = {
    init: (params) => ({ count: zeroCount(), mu: zerosLike(params), nu: zerosLike(params) }),
    update(updates, state) {
      const first = isFirst(state.count);
      const squareDecay = tf.where<tf.Scalar>(first, tf.scalar(0), asTensor(b2));
      const meanDecay = tf.where<tf.Scalar>(first, tf.scalar(1), asTensor(b1));
      const nu = updateSquareMoment(updates, state.nu, squareDecay);
      const bound = useClipping ? clipValueFn(asFloat(state.count)) : undefined;
      const directions = treeMap(
        (g, square) => {
          const direction = tf.div(g, tf.maximum(tf.sqrt(square), eps));
          if (bound === undefined) return direction;
          return tf.minimum(tf.maximum(direction, tf.neg(bound)), bound);
        },
        updates,
        state.nu,
      );
      const mu = updateMoment(directions, state.mu, meanDecay);
      const ahead = nesterov ? updateMoment(directions, mu, meanDecay) : mu;
      return [ahead, { count: random.increment(state.count), mu, nu }];
    },
  };
  return madeBy(transformation, scaleByAdopt, [b1, b2, eps, nesterov, useClipping, clipValueFn]);
}

function fourthRoot(count: tf.Scalar): tf.Tensor {
  return tf.sqrt(tf.sqrt(count));
}

function asTensor(value: Hyperparameter): tf.Scalar {
  return typeof value === "number" ? tf.scalar(value) : value;
}
