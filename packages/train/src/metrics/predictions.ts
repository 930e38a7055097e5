/** @file What metrics of predictions are updated with, and the checks of that. */
import {
  DtypeError,
  guesses,
  InvalidArgumentError,
  maskFor,
  type Metric,
  MissingArgumentError,
  ShapeMismatchError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";

/** What a metric of predictions is updated with. */
export interface PredictionUpdates {
  /** `[..., classes]`; where each prediction is a yes or a no, `[...]`. */
  logits: tf.Tensor;
  /** Classes, or 0 and 1: int32 `[...]`. */
  labels: tf.Tensor;
  /** Only predictions where it is true count; it broadcasts to the labels. */
  mask?: tf.Tensor | undefined;
}

/** Checked updates. */
export interface Predictions {
  readonly logits: tf.Tensor;
  readonly labels: tf.Tensor;
  /** Bool, shaped as the labels; undefined where all count. */
  readonly mask: tf.Tensor | undefined;
}

/**
 * The updates, with a mask for each label.
 *
 * @param hasClasses whether the last axis of the logits is that of classes
 * @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError
 */
export function predictionsOf(
  updates: PredictionUpdates,
  hasClasses: boolean,
  metric: Metric,
  classes?: number,
): Predictions {
  // From plain JavaScript it may be anything.
  const given = (updates as PredictionUpdates | undefined | null) ?? ({} as PredictionUpdates);
  const { logits, labels, mask } = given;
  if (logits === undefined || labels === undefined) throw missing(given, metric);
  assertTensors(logits, labels, metric);
  const expected = hasClasses ? logits.shape.slice(0, -1) : logits.shape;
  if ((hasClasses && logits.rank === 0) || expected.join() !== labels.shape.join()) {
    throw new ShapeMismatchError(
      `expected labels of shape [${expected.join(", ")}] for logits of shape [${logits.shape.join(", ")}], got ` +
        `[${labels.shape.join(", ")}]. ` +
        (hasClasses
          ? `Logits have one more axis than labels, that of the classes.`
          : `Here each logit is a yes or a no, for one label.`),
      metric,
    );
  }
  if (hasClasses && classes !== undefined && logits.shape.at(-1) !== classes) {
    throw new ShapeMismatchError(
      `expected logits of ${classes} classes, got the shape [${logits.shape.join(", ")}]. ` +
        `Make the metric for as many: { classes: ${logits.shape.at(-1)} }.`,
      metric,
    );
  }
  if (labels.dtype !== "int32") {
    throw new DtypeError(
      `expected int32 labels, got ${labels.dtype}. Convert them: tf.cast(labels, "int32").`,
      metric,
    );
  }
  return { logits, labels, mask: mask && maskFor(mask, labels, "the labels", metric) };
}

function missing(updates: object, metric: Metric): MissingArgumentError {
  const names = ["logits", "labels"];
  const found = updates instanceof tf.Tensor ? [] : Object.keys(updates);
  const got = updates instanceof tf.Tensor ? "a tensor" : found.join(", ") || "none";
  return new MissingArgumentError(
    [
      `expected updates called logits and labels, got ${got}.`,
      ...guesses(
        found.filter((name) => !names.includes(name)),
        names,
      ),
      `Write update({ logits: …, labels: … }).`,
    ].join(" "),
    metric,
  );
}

function assertTensors(logits: unknown, labels: unknown, metric: Metric): void {
  if (logits instanceof tf.Tensor && labels instanceof tf.Tensor) return;
  const [first, second] = [logits, labels].map((value) =>
    value instanceof tf.Tensor ? "a tensor" : Array.isArray(value) ? "an array" : typeof value,
  );
  throw new InvalidArgumentError(
    `expected tensors for logits and labels, got ${first} and ${second}. Write tf.tensor(…), and ` +
      `tf.tensor1d([…], "int32") for labels.`,
    metric,
  );
}
