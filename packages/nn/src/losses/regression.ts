/** @file Losses of predicted numbers, element by element; the caller reduces them. */
import * as tf from "@tensorflow/tfjs-core";
import { softplus } from "../activations/smooth.ts";
import { assertFloatArgument, assertSameShape } from "./checks.ts";

/**
 * `(predictions - targets)²`; its `tf.mean` is the mean squared error.
 *
 * @param targets of the predictions' shape; zeros unless given
 * @throws DtypeError when the predictions are not float32; ShapeMismatchError when the shapes differ
 * @see optax.squared_error
 */
export function squaredError(predictions: tf.Tensor, targets?: tf.Tensor): tf.Tensor {
  return tf.square(errors(predictions, targets, "squaredError", true));
}

/**
 * `(predictions - targets)² / 2`.
 *
 * @param targets of the predictions' shape; zeros unless given
 * @throws DtypeError when the predictions are not float32; ShapeMismatchError when the shapes differ
 * @see optax.l2_loss
 */
export function l2Loss(predictions: tf.Tensor, targets?: tf.Tensor): tf.Tensor {
  return tf.mul(tf.square(errors(predictions, targets, "l2Loss", true)), 0.5);
}

/** Options of {@link huberLoss}. */
export interface HuberLossOptions {
  /** The error from which the loss grows linearly. Default 1. */
  delta?: number | undefined;
}

/**
 * With `error = |predictions - targets|`: `error² / 2` up to `delta`, then `delta * (error - delta / 2)`. Its gradient
 * is that of {@link l2Loss} cut off at `-delta` and `delta`.
 *
 * @param targets broadcast against the predictions; zeros unless given
 * @throws DtypeError when the predictions are not float32
 * @see optax.huber_loss; Huber, 1964
 */
export function huberLoss(
  predictions: tf.Tensor,
  targets?: tf.Tensor,
  { delta = 1 }: HuberLossOptions = {},
): tf.Tensor {
  const error = tf.abs(errors(predictions, targets, "huberLoss"));
  const quadratic = tf.minimum(error, delta);
  const linear = tf.sub(error, quadratic);
  return tf.add(tf.mul(tf.square(quadratic), 0.5), tf.mul(linear, delta));
}

/**
 * `log(cosh(predictions - targets))`: about `error² / 2` for small errors and `|error| - log(2)` for large ones, with
 * a smooth gradient, `tanh(error)`; without overflow.
 *
 * @param targets broadcast against the predictions; zeros unless given
 * @throws DtypeError when the predictions are not float32
 * @see optax.log_cosh; Chen et al., 2019, https://openreview.net/pdf?id=rkglvsC9Ym
 */
export function logCosh(predictions: tf.Tensor, targets?: tf.Tensor): tf.Tensor {
  const error = errors(predictions, targets, "logCosh");
  return tf.sub(tf.add(error, softplus(tf.mul(error, -2))), Math.LN2);
}

function errors(
  predictions: tf.Tensor,
  targets: tf.Tensor | undefined,
  loss: string,
  isStrict = false,
): tf.Tensor {
  assertFloatArgument(predictions, "predictions", loss);
  if (!targets) return predictions;
  if (isStrict) assertSameShape(predictions, targets, loss);
  return tf.sub(predictions, targets);
}
