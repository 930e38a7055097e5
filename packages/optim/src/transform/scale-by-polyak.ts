/** @file Polyak's step. */
import { assertOptions } from "../checked-arguments.ts";
import { InvalidArgumentError, madeBy } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { assertHyperparameter, type Hyperparameter } from "../hyperparameter.ts";
import type { EmptyState, GradientTransformation } from "../transformation.ts";
import { requireValue } from "./required.ts";
import { scaled, squaredNorm } from "./tree-math.ts";
import { NOT_NEGATIVE, NUMBER } from "../ranges.ts";

/** Options of {@link scaleByPolyak}. */
export interface ScaleByPolyakOptions {
  /** A lower bound of the loss. Default 0. */
  fMin?: Hyperparameter | undefined;
  /** The largest step. Default 1. */
  maxLearningRate?: Hyperparameter | undefined;
  /** Added to the squared length of the gradient. Default 0. */
  eps?: Hyperparameter | undefined;
  /** `"sps+"` takes no step where the loss is below the bound; `"sps"` steps back. Default `"sps"`. */
  variant?: "sps" | "sps+" | undefined;
}

/**
 * Updates times `min((value - fMin) / (|g|² + eps), maxLearningRate)`; 0 where the gradient is.
 *
 * @throws MissingArgumentError by `update` without the loss: `{ value: loss }`
 * @see optax.scale_by_polyak; Loizou et al., Stochastic Polyak step-size for SGD, 2020; for `"sps+"` Garrigos et al.,
 *   Function value learning, 2023
 */
export function scaleByPolyak(options: ScaleByPolyakOptions = {}): GradientTransformation<EmptyState> {
  assertOptions(options, "scaleByPolyak", {
    fMin: NUMBER,
    maxLearningRate: NOT_NEGATIVE,
    eps: NOT_NEGATIVE,
    variant: true,
  });
  if (options.maxLearningRate !== undefined)
    assertHyperparameter(options.maxLearningRate, "maxLearningRate", "scaleByPolyak");
  const { fMin = 0, maxLearningRate = 1, eps = 0, variant = "sps" } = options;
  assertVariant(variant);
  const transformation: GradientTransformation<EmptyState> = {
    init: () => ({}),
    update(updates, state, _params, args) {
      const distance = tf.sub(requireValue(args, "scaleByPolyak"), fMin);
      const gap = variant === "sps" ? distance : tf.relu(distance);
      const square = tf.add(squaredNorm(updates), eps);
      const step = tf.where(
        tf.lessEqual(square, EPSILON),
        tf.scalar(0),
        tf.minimum(tf.div(gap, square), maxLearningRate),
      );
      return [scaled(step, updates), state];
    },
  };
  return madeBy(transformation, scaleByPolyak, [fMin, maxLearningRate, eps, variant]);
}

/** That of float64, as in Optax. */
const EPSILON = Number.EPSILON;

function assertVariant(variant: unknown): void {
  if (variant === "sps" || variant === "sps+") return;
  throw new InvalidArgumentError(
    `scaleByPolyak: expected variant to be "sps" or "sps+", got ${JSON.stringify(variant)}.`,
  );
}
