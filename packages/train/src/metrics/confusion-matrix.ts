/** @file How often each class was taken for each. */
import { InvalidArgumentError, Metric, MetricState, setValues } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { checkNames, checkNumber, found } from "../check.ts";
import { clear, countsOf } from "./counts.ts";
import { predictionsOf, type PredictionUpdates } from "./predictions.ts";

/** Options of {@link ConfusionMatrix}. */
export interface ConfusionMatrixOptions {
  /** How many there are; 2 with a threshold. */
  classes?: number | undefined;
  /** For yes-or-no predictions: from which logit on it is a yes. */
  threshold?: number | undefined;
}

/** The number of classes of options. @throws InvalidArgumentError */
export function classesOf({ classes, threshold }: ConfusionMatrixOptions, caller: string): number {
  checkNumber(caller, "threshold", threshold);
  const known = classes ?? (threshold === undefined ? undefined : 2);
  const isCount = typeof known === "number" && Number.isInteger(known) && known >= 2;
  if (isCount && (threshold === undefined || known === 2)) return known;
  throw new InvalidArgumentError(
    `${caller}: expected ${threshold === undefined ? "a number of classes, 2 or more" : "2 classes with a threshold"}, ` +
      `got ${found(known)}. Write new ${caller}({ classes: 10 }), or new ${caller}({ threshold: 0 }) for yes or no.`,
  );
}

/** The predicted class of each label: int32, shaped as the labels. */
export function predicted(logits: tf.Tensor, threshold: number | undefined): tf.Tensor {
  return threshold === undefined
    ? tf.argMax(logits, -1)
    : tf.cast(tf.greaterEqual(logits, threshold), "int32");
}

/**
 * Counts predictions: the entry `[i, j]` says how often the class `i` was taken for `j`. Labels that are no class are
 * not counted.
 *
 * ```ts
 * const confusion = new ConfusionMatrix({ classes: 10 });
 * confusion.update({ logits: model.forward(x), labels });
 * ```
 *
 * @see sklearn.metrics.confusion_matrix
 */
export class ConfusionMatrix extends Metric {
  static override readonly name: string = "ConfusionMatrix";
  readonly classes: number;
  /** From which logit on a prediction is a yes; `undefined` for several classes. */
  readonly threshold: number | undefined;
  /** int32 `[classes, classes]`. */
  readonly counts: MetricState;

  /** @throws InvalidArgumentError */
  constructor(options: ConfusionMatrixOptions) {
    super();
    checkNames("ConfusionMatrix", options, ["classes", "threshold"], "new ConfusionMatrix({ classes: 10 })");
    this.classes = classesOf(options, "ConfusionMatrix");
    this.threshold = options.threshold;
    this.counts = new MetricState(tf.zeros([this.classes, this.classes], "int32"));
  }

  reset(): void {
    clear([this.counts]);
  }

  /** @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError; nothing has changed then */
  update(updates: PredictionUpdates): void {
    const { classes, threshold } = this;
    setValues([this.counts], () => {
      const given = predictionsOf(updates, threshold === undefined, this, classes);
      const labels = threshold === undefined ? given.labels : tf.cast(tf.greater(given.labels, 0), "int32");
      const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, classes));
      const places = tf.add(tf.mul(labels, tf.scalar(classes, "int32")), predicted(given.logits, threshold));
      const mask = given.mask ? tf.logicalAnd(given.mask, isClass) : isClass;
      const counts = countsOf(places, classes * classes, mask);
      return [tf.add(this.counts.value, tf.reshape(counts, [classes, classes]))];
    });
  }

  /** The counts so far: int32 `[classes, classes]`. The caller disposes of them. */
  compute(): tf.Tensor {
    return this.counts.value.clone();
  }
}
