/** @file The share of labels that are among the best guesses. */
import { Metric, MetricState, ratio, setValues } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { clear, countsOf } from "./counts.ts";
import { checkCount, checkNames } from "../check.ts";
import { predictionsOf, type PredictionUpdates } from "./predictions.ts";

/** Options of {@link TopKAccuracy}. */
export interface TopKAccuracyOptions {
  /** How many guesses there are. 5 unless given. */
  k?: number | undefined;
}

/**
 * The share of labels that are among the `k` classes with the largest logits. Of equal logits the first class comes
 * first, so that `k: 1` is `Accuracy`. A label that is no class, or has the logit NaN, was not guessed.
 *
 * @see sklearn.metrics.top_k_accuracy_score
 */
export class TopKAccuracy extends Metric {
  static override readonly name: string = "TopKAccuracy";
  readonly k: number;
  /** How many labels were among the best guesses: int32 `[]`. */
  readonly hits: MetricState;
  /** How many labels so far: int32 `[]`. */
  readonly count: MetricState;

  /** @throws InvalidArgumentError */
  constructor(options: TopKAccuracyOptions = {}) {
    super();
    checkNames("TopKAccuracy", options, ["k"], "new TopKAccuracy({ k: 5 })");
    const { k = 5 } = options;
    checkCount("TopKAccuracy", "k", k, 1);
    this.k = k;
    this.hits = new MetricState(tf.scalar(0, "int32"));
    this.count = new MetricState(tf.scalar(0, "int32"));
  }

  reset(): void {
    clear([this.hits, this.count]);
  }

  /** @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError; nothing has changed then */
  update(updates: PredictionUpdates): void {
    setValues([this.hits, this.count], () => {
      const { logits, labels, mask } = predictionsOf(updates, true, this);
      const isHit = tf.cast(this.isAmongBest(logits, labels), "int32");
      const added = [countsOf(isHit, 2, mask), countsOf(tf.zerosLike(labels), 1, mask)];
      return [
        tf.add(this.hits.value, tf.gather(added[0]!, 1)),
        tf.add(this.count.value, tf.gather(added[1]!, 0)),
      ];
    });
  }

  /** The share so far: float32 `[]`, NaN before the first update. The caller disposes of it. */
  compute(): tf.Tensor {
    return tf.tidy(() =>
      ratio(tf.cast(this.hits.value, "float32"), tf.cast(this.count.value, "float32"), NaN),
    );
  }

  private isAmongBest(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
    const classes = logits.shape.at(-1)!;
    const label = tf.expandDims(labels, -1);
    const places = tf.range(0, classes, 1, "int32");
    const isLabel = tf.equal(label, places);
    const own = tf.sum(tf.where(isLabel, logits, tf.zerosLike(logits)), -1, true);
    const isBefore = tf.logicalOr(
      tf.greater(logits, own),
      tf.logicalAnd(tf.equal(logits, own), tf.less(places, label)),
    );
    const rank = tf.sum(tf.cast(isBefore, "int32"), -1);
    const isKnown = tf.logicalAnd(
      tf.any(isLabel, -1),
      tf.logicalNot(tf.isNaN(tf.squeeze(own, [own.rank - 1]))),
    );
    return tf.logicalAnd(tf.less(rank, this.k), isKnown);
  }
}
