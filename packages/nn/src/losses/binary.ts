/** @file Losses of yes-or-no classifications. */
import { stopGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { logSigmoid, softplus } from "../activations/smooth.ts";
import { assertFloatArgument } from "./checks.ts";
import { LOWEST, onlyWhere } from "../masking.ts";
import { countsWhere } from "./masked.ts";

/**
 * The cross entropy between `labels` and the sigmoid of `logits`, element by element:
 * `-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits))`, exact for large logits, infinite ones too.
 *
 * @param labels 0 and 1, or probabilities; of any dtype
 * @throws DtypeError when the logits are not float32
 * @see optax.sigmoid_binary_cross_entropy
 */
export function sigmoidBinaryCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  assertFloatArgument(logits, "logits", "sigmoidBinaryCrossEntropy");
  const yes = tf.cast(labels, "float32");
  const no = tf.sub(1, yes);
  return tf.add(weighted(yes, softplus(tf.neg(logits))), weighted(no, softplus(logits)));
}

/** `weights * costs`; 0 where the weight is, whatever the cost. */
function weighted(weights: tf.Tensor, costs: tf.Tensor): tf.Tensor {
  return tf.mul(weights, onlyWhere(costs, countsWhere(weights), 0));
}

/** Options of {@link sigmoidFocalLoss}. */
export interface FocalLossOptions {
  /** The weight of the label 1, between 0 and 1; that of 0 is `1 - alpha`. Default: both weigh 1. */
  alpha?: number | undefined;
  /** How much less what is classified well counts. Default 2. */
  gamma?: number | undefined;
}

/**
 * The focal loss: {@link sigmoidBinaryCrossEntropy} times `(1 - p) ** gamma`, where `p` is the probability that the
 * prediction gives to the label. Element by element, exact for large logits, infinite ones too.
 *
 * @param labels 0 and 1, or probabilities; of any dtype
 * @throws DtypeError when the logits are not float32
 * @see optax.sigmoid_focal_loss; Lin et al., 2017, https://arxiv.org/abs/1708.02002
 */
export function sigmoidFocalLoss(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { alpha, gamma = 2 }: FocalLossOptions = {},
): tf.Tensor {
  assertFloatArgument(logits, "logits", "sigmoidFocalLoss");
  const yes = tf.cast(labels, "float32");
  const no = tf.sub(1, yes);
  const loss = sigmoidBinaryCrossEntropy(logits, labels);
  // Of an infinite logit the difference to the largest would not be a number.
  const finite = tf.clipByValue(logits, LOWEST, -LOWEST);
  const focal = tf.mul(loss, tf.exp(tf.mul(logMissed(finite, yes, no), gamma)));
  if (alpha === undefined) return focal;
  return tf.mul(tf.add(tf.mul(yes, alpha), tf.mul(no, 1 - alpha)), focal);
}

/** `log(no * sigmoid(logits) + yes * sigmoid(-logits))`, where the probabilities themselves would be 0. */
function logMissed(logits: tf.Tensor, yes: tf.Tensor, no: tf.Tensor): tf.Tensor {
  const wrongYes = tf.where(tf.notEqual(no, 0), logSigmoid(logits), tf.scalar(LOWEST));
  const wrongNo = tf.where(tf.notEqual(yes, 0), logSigmoid(tf.neg(logits)), tf.scalar(LOWEST));
  const largest = stopGradient(tf.maximum(wrongYes, wrongNo));
  const sum = tf.add(
    tf.mul(no, tf.exp(tf.sub(wrongYes, largest))),
    tf.mul(yes, tf.exp(tf.sub(wrongNo, largest))),
  );
  return tf.add(largest, tf.log(sum));
}

/**
 * The hinge loss, element by element: `max(0, 1 - predictions * targets)`.
 *
 * @param targets -1 and 1
 * @see optax.hinge_loss
 */
export function hingeLoss(predictions: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  assertFloatArgument(predictions, "predictions", "hingeLoss");
  return tf.maximum(tf.sub(1, tf.mul(predictions, targets)), 0);
}
