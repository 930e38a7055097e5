/** @file How far one probability distribution is from another. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf } from "../axes.ts";
import { assertFloatArgument } from "./checks.ts";
import { maskFor, onlyWhere } from "./masked.ts";
import type { ClassAxisOptions } from "./softmax.ts";

/**
 * The Kullback-Leibler divergence of the predictions from the targets, `sum(targets * log(targets / predictions))`:
 * `[..., n] → [...]`.
 *
 * @param logPredictions logarithms of probabilities, `logSoftmax(logits)` for instance
 * @param targets probabilities; 0 adds nothing
 * @throws DtypeError when either is not float32; InvalidArgumentError for an axis that they do not have
 * @see optax.kl_divergence; Kullback and Leibler, 1951
 */
export function klDivergence(
  logPredictions: tf.Tensor,
  targets: tf.Tensor,
  options: ClassAxisOptions = {},
): tf.Tensor {
  assertFloatArgument(targets, "targets", "klDivergence");
  const logTargets = tf.log(tf.where(tf.equal(targets, 0), tf.scalar(1), targets));
  return divergence(logPredictions, targets, logTargets, options, "klDivergence");
}

/**
 * {@link klDivergence} whose targets are logarithms of probabilities as well: `[..., n] → [...]`.
 *
 * @throws as {@link klDivergence}
 * @see optax.kl_divergence_with_log_targets
 */
export function klDivergenceWithLogTargets(
  logPredictions: tf.Tensor,
  logTargets: tf.Tensor,
  options: ClassAxisOptions = {},
): tf.Tensor {
  assertFloatArgument(logTargets, "logTargets", "klDivergenceWithLogTargets");
  return divergence(logPredictions, tf.exp(logTargets), logTargets, options, "klDivergenceWithLogTargets");
}

function divergence(
  logPredictions: tf.Tensor,
  targets: tf.Tensor,
  logTargets: tf.Tensor,
  { axis = -1, where }: ClassAxisOptions,
  loss: string,
): tf.Tensor {
  assertFloatArgument(logPredictions, "logPredictions", loss);
  const axes = axesOf(axis, logPredictions.rank, loss);
  const each = tf.mul(targets, tf.sub(logTargets, logPredictions));
  return tf.sum(onlyWhere(each, maskFor(logPredictions, where, axes), 0), axes);
}
