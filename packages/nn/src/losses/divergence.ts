/** @file How far one probability distribution is from another. */
import * as tf from "@tensorflow/tfjs-core";
import { axesOf } from "../axes.ts";
import { assertFloatArgument } from "./checks.ts";
import { LOWEST, onlyWhere } from "../masking.ts";
import { countsWhere, maskFor } from "./masked.ts";
import type { ClassAxisOptions } from "./softmax.ts";

/**
 * The Kullback-Leibler divergence of the predictions from the targets, `sum(targets * log(targets / predictions))`:
 * `[..., n] → [...]`.
 *
 * What has the target 0 adds nothing, also where the prediction is 0, -Infinity as a logarithm (Optax: NaN).
 *
 * @param logPredictions logarithms of probabilities, `logSoftmax(logits)` for instance
 * @param targets probabilities
 * @throws DtypeError when either is not float32; InvalidArgumentError for an axis that they do not have
 * @see optax.kl_divergence; Kullback and Leibler, 1951
 */
export function klDivergence(
  logPredictions: tf.Tensor,
  targets: tf.Tensor,
  options: ClassAxisOptions = {},
): tf.Tensor {
  assertFloatArgument(targets, "targets", "klDivergence");
  const { axes, mask } = placesOf(logPredictions, options, "klDivergence");
  const weights = onlyWhere(targets, mask, 0);
  const counts = countsWhere(weights);
  return divergence(logPredictions, weights, tf.log(onlyWhere(weights, counts, 1)), counts, axes);
}

/**
 * {@link klDivergence} whose targets are logarithms of probabilities as well: `[..., n] → [...]`. What has the target
 * -Infinity adds nothing.
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
  const { axes, mask } = placesOf(logPredictions, options, "klDivergenceWithLogTargets");
  const weights = tf.exp(onlyWhere(logTargets, mask, LOWEST));
  const counts = countsWhere(weights);
  return divergence(logPredictions, weights, onlyWhere(logTargets, counts, 0), counts, axes);
}

function placesOf(logPredictions: tf.Tensor, { axis = -1, where }: ClassAxisOptions, loss: string) {
  assertFloatArgument(logPredictions, "logPredictions", loss);
  const axes = axesOf(axis, logPredictions.rank, loss);
  return { axes, mask: maskFor(logPredictions, where, axes) };
}

/** `sum(weights * (logTargets - logPredictions))` of what `counts`. */
function divergence(
  logPredictions: tf.Tensor,
  weights: tf.Tensor,
  logTargets: tf.Tensor,
  counts: tf.Tensor,
  axes: number[],
): tf.Tensor {
  return tf.sum(tf.mul(weights, tf.sub(logTargets, onlyWhere(logPredictions, counts, 0))), axes);
}
