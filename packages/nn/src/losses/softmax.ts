/** @file Losses of classifications into one of several classes, from logits. */
import * as tf from "@tensorflow/tfjs-core";
import { logSoftmax } from "../activations/softmax.ts";
import { type Axis, axesOf } from "../axes.ts";
import { DtypeError, ShapeMismatchError } from "../errors.ts";
import { assertFloatArgument } from "./checks.ts";
import { onlyWhere } from "../masking.ts";
import { countsWhere, maskedLogSumExp, maskFor } from "./masked.ts";

/** Options of losses that sum over the axes of the classes. */
export interface ClassAxisOptions {
  /** The axis of the classes, several, or `null` for all. Default -1. */
  axis?: Axis | undefined;
  /** Only where it is true do elements count. Of the shape of the logits, or of that without the axes of the classes. */
  where?: tf.Tensor | undefined;
}

/** Options of {@link softmaxCrossEntropyWithIntegerLabels}. */
export interface IntegerLabelOptions extends ClassAxisOptions {
  /** The axis of the classes, or several, over which a label counts in row-major order. Default -1. */
  axis?: number | readonly number[] | undefined;
}

/** Options of {@link polyLossCrossEntropy}. */
export interface PolyLossOptions extends ClassAxisOptions {
  /** The weight of `1 - probability of the label`. Default 2. */
  epsilon?: number | undefined;
}

/**
 * The cross entropy between `labels` and the softmax of `logits`: `-sum(labels * log(softmax(logits)))` over the
 * classes, `[..., classes] → [...]`. No reduction over the batch: `tf.mean` of it is the usual loss.
 *
 * ```ts
 * const loss = tf.mean(softmaxCrossEntropy(model.forward(x), smoothLabels(oneHot(labels, 10), 0.1)));
 * ```
 *
 * A class whose label is 0 adds nothing, also where its logit is -Infinity (Optax: NaN).
 *
 * @param labels probabilities of the classes, one-hot for instance; they broadcast to the logits
 * @throws DtypeError when the logits are not float32; InvalidArgumentError for an axis that they do not have
 * @see optax.softmax_cross_entropy
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { axis = -1, where }: ClassAxisOptions = {},
): tf.Tensor {
  assertFloatArgument(logits, "logits", "softmaxCrossEntropy");
  const axes = axesOf(axis, logits.rank, "softmaxCrossEntropy");
  const mask = maskFor(logits, where, axes);
  const weights = onlyWhere(tf.cast(labels, "float32"), mask, 0);
  const logProbability = onlyWhere(logProbabilities(logits, axes, mask), countsWhere(weights), 0);
  return tf.neg(tf.sum(tf.mul(weights, logProbability), axes));
}

/** The logarithm of the softmax over `axes`; of no use where `mask` is false. */
function logProbabilities(logits: tf.Tensor, axes: number[], mask: tf.Tensor | undefined): tf.Tensor {
  if (!mask && axes.length === 1) return logSoftmax(logits, axes[0]);
  return tf.sub(logits, maskedLogSumExp(logits, axes, mask));
}

/**
 * {@link softmaxCrossEntropy} that takes a logit of -Infinity with label 0 for a class that cannot be, which adds
 * nothing: `0 * log(0)` is 0. `[..., classes] → [...]`.
 *
 * @see optax.safe_softmax_cross_entropy
 */
export function safeSoftmaxCrossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  assertFloatArgument(logits, "logits", "safeSoftmaxCrossEntropy");
  const isUsed = tf.notEqual(labels, 0);
  // Chosen before the product, so that neither it nor its gradient multiplies 0 by infinity.
  const used = tf.where(isUsed, logits, tf.scalar(0));
  const logNormalizer = maskedLogSumExp(logits, [logits.rank - 1], undefined);
  return tf.neg(tf.sum(tf.mul(labels, tf.sub(used, logNormalizer)), -1));
}

/**
 * The cross entropy between the class `labels` (int32) and the softmax of `logits`:
 * `log(sum(exp(logits))) - logits[label]`, `[..., classes] → [...]`. No reduction over the batch.
 *
 * ```ts
 * const loss = tf.mean(softmaxCrossEntropyWithIntegerLabels(model.forward(x), labels));
 * ```
 *
 * As in Optax, negative labels count from the end and others out of range give NaN; to leave elements out, give
 * `where`. What `where` leaves out completely has loss 0.
 *
 * @param labels int32, of the shape of the logits without the axes of the classes
 * @throws DtypeError for labels that are not int32 or logits that are not float32; ShapeMismatchError for labels with
 *   another number of axes; InvalidArgumentError for an axis that the logits do not have
 * @see optax.softmax_cross_entropy_with_integer_labels
 */
export function softmaxCrossEntropyWithIntegerLabels(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { axis = -1, where }: IntegerLabelOptions = {},
): tf.Tensor {
  const name = "softmaxCrossEntropyWithIntegerLabels";
  assertFloatArgument(logits, "logits", name);
  const axes = axesOf(axis, logits.rank, name);
  assertIntegerLabels(labels, logits, axes);
  const wide = maskFor(logits, where, axes);
  const [flat, mask] = [classesLast(logits, axes), classesLast(wide, axes)];
  const last = flat.rank - 1;
  const labelLogits = atLabels(flat, labels, flat.shape[last]!);
  const loss = tf.sub(tf.squeeze(maskedLogSumExp(flat, [last], mask), [last]), labelLogits);
  return onlyWhere(loss, mask && tf.any(mask, last), 0);
}

/** `x` with its `axes` as one, the last. */
function classesLast<T extends tf.Tensor | undefined>(x: T, axes: number[]): T | tf.Tensor {
  if (!x || (axes.length === 1 && axes[0] === x.rank - 1)) return x;
  const others = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  return tf.reshape(tf.transpose(x, [...others, ...axes]), [...others.map((i) => x.shape[i]!), -1]);
}

/** The elements of the last axis of `x`, of size `count`, at `labels`; NaN where a label is out of range. */
function atLabels(x: tf.Tensor, labels: tf.Tensor, count: number): tf.Tensor {
  const index = tf.where(tf.less(labels, 0), tf.add(labels, tf.scalar(count, "int32")), labels);
  const isLabel = tf.equal(tf.range(0, count, 1, "int32"), tf.expandDims(index, -1));
  // A sum of one element: no backend lacks its gradient, and infinite logits elsewhere do no harm.
  const found = tf.sum(tf.where(isLabel, x, tf.scalar(0)), -1);
  const isInRange = tf.logicalAnd(tf.greaterEqual(index, 0), tf.less(index, count));
  return tf.where(isInRange, found, tf.scalar(NaN));
}

function assertIntegerLabels(labels: tf.Tensor, logits: tf.Tensor, axes: number[]): void {
  if (labels.dtype !== "int32") {
    throw new DtypeError(
      `softmaxCrossEntropyWithIntegerLabels: expected int32 labels, got ${labels.dtype} of shape ` +
        `[${labels.shape.join(", ")}]. For one-hot labels use softmaxCrossEntropy(logits, labels); ` +
        `for class numbers, tf.cast(labels, "int32").`,
    );
  }
  const expected = logits.shape.filter((_, i) => !axes.includes(i));
  const fits = labels.rank === expected.length && labels.shape.every((size, i) => fitsTo(size, expected[i]!));
  if (fits) return;
  throw new ShapeMismatchError(
    `softmaxCrossEntropyWithIntegerLabels: expected labels of shape [${expected.join(", ")}] for logits of shape ` +
      `[${logits.shape.join(", ")}], got [${labels.shape.join(", ")}]. ` +
      `Write tf.reshape(labels, [${expected.join(", ")}]).`,
  );
}

function fitsTo(size: number, other: number): boolean {
  return size === other || size === 1 || other === 1;
}

/**
 * PolyLoss: {@link softmaxCrossEntropy} plus `epsilon * sum(labels * (1 - softmax(logits)))`,
 * `[..., classes] → [...]`.
 *
 * @see optax.poly_loss_cross_entropy; Leng et al., 2022, https://arxiv.org/abs/2204.12511
 */
export function polyLossCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { epsilon = 2, axis = -1, where }: PolyLossOptions = {},
): tf.Tensor {
  assertFloatArgument(logits, "logits", "polyLossCrossEntropy");
  const axes = axesOf(axis, logits.rank, "polyLossCrossEntropy");
  const mask = maskFor(logits, where, axes);
  const weights = onlyWhere(tf.cast(labels, "float32"), mask, 0);
  const logProbability = onlyWhere(logProbabilities(logits, axes, mask), countsWhere(weights), 0);
  const missed = tf.sub(1, tf.exp(logProbability));
  return tf.sum(tf.mul(weights, tf.sub(tf.mul(missed, epsilon), logProbability)), axes);
}

/**
 * The hinge loss of several classes: `max(scores + 1 - oneHot(labels)) - scores[label]`, `[..., classes] → [...]`.
 *
 * @param labels int32, `[...]`; no score is at a label out of range
 * @see optax.multiclass_hinge_loss
 */
export function multiclassHingeLoss(scores: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  assertFloatArgument(scores, "scores", "multiclassHingeLoss");
  const isLabel = tf.equal(tf.range(0, scores.shape.at(-1) ?? 1, 1, "int32"), tf.expandDims(labels, -1));
  const oneHot = tf.cast(isLabel, "float32");
  // Chosen, not multiplied: a score elsewhere may be infinite.
  const score = tf.sum(onlyWhere(scores, isLabel, 0), -1);
  return tf.sub(tf.max(tf.sub(tf.add(scores, 1), oneHot), -1), score);
}

/**
 * Moves the share `alpha` of one-hot labels to all classes: `(1 - alpha) * labels + alpha / classes`,
 * `[..., classes] → [..., classes]`.
 *
 * @param labels float32
 * @see optax.smooth_labels; Müller et al., 2019, https://arxiv.org/abs/1906.02629
 */
export function smoothLabels(labels: tf.Tensor, alpha: number): tf.Tensor {
  assertFloatArgument(labels, "labels", "smoothLabels");
  return tf.add(tf.mul(labels, 1 - alpha), alpha / (labels.shape.at(-1) ?? 1));
}
