/** @file The area under the curves of a yes-or-no prediction. */
import { Metric, MetricState, ratio, setValues } from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { clear, countsOf } from "./counts.ts";
import { checkCount, checkNames, checkOneOf } from "../check.ts";
import { predictionsOf, type PredictionUpdates } from "./predictions.ts";

/** Options of {@link AUC}. */
export interface AUCOptions {
  /**
   * `"ROC"`: the share of pairs of a yes and a no in which the yes has the higher score. `"PR"`: the average precision,
   * over all thresholds. `"ROC"` unless given.
   */
  curve?: "ROC" | "PR" | undefined;
  /** What scores are: any numbers, or from 0 to 1. `"logits"` unless given. */
  scores?: "logits" | "probabilities" | undefined;
  /** Scores are counted in so many bins; those in one bin count as equal. 4096 unless given. */
  bins?: number | undefined;
}

/**
 * The area under the receiver operating characteristic, or under precision over recall. Scores are counted in bins, so
 * that memory stays the same however many there are: equal to scikit-learn's figures of scores rounded down to bins.
 *
 * Probabilities have bins of equal width. Logits have bins of equal width in `x / (1 + |x|)`: fine around 0, and not
 * all in one at the ends. NaN among the scores makes the area NaN.
 *
 * @see sklearn.metrics.roc_auc_score, sklearn.metrics.average_precision_score
 */
export class AUC extends Metric {
  static override readonly name: string = "AUC";
  readonly curve: "ROC" | "PR";
  readonly scores: "logits" | "probabilities";
  readonly bins: number;
  /** The scores of noes, then those of yeses, by bins; those that are NaN behind: int32 `[2, bins + 1]`. */
  readonly counts: MetricState;

  /** @throws InvalidArgumentError */
  constructor(options: AUCOptions = {}) {
    super();
    checkNames("AUC", options, ["curve", "scores", "bins"], 'new AUC({ curve: "PR" })');
    const { curve = "ROC", scores = "logits", bins = 4096 } = options;
    checkOneOf("AUC", "curve", curve, ["ROC", "PR"]);
    checkOneOf("AUC", "scores", scores, ["logits", "probabilities"]);
    checkCount("AUC", "bins", bins, 2);
    this.curve = curve;
    this.scores = scores;
    this.bins = bins;
    this.counts = new MetricState(tf.zeros([2, bins + 1], "int32"));
  }

  reset(): void {
    clear([this.counts]);
  }

  /**
   * @param updates `logits` are the scores, `[...]`; labels above 0 are yeses
   * @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError; nothing has changed then
   */
  update(updates: PredictionUpdates): void {
    setValues([this.counts], () => {
      const { logits, labels, mask } = predictionsOf(updates, false, this);
      const row = tf.mul(tf.cast(tf.greater(labels, 0), "int32"), tf.scalar(this.bins + 1, "int32"));
      const counts = countsOf(tf.add(row, this.binsOf(logits)), 2 * (this.bins + 1), mask);
      return [tf.add(this.counts.value, tf.reshape(counts, [2, this.bins + 1]))];
    });
  }

  /** The area so far: float32 `[]`, NaN without a yes or without a no. The caller disposes of it. */
  compute(): tf.Tensor {
    return tf.tidy(() => {
      const all = tf.cast(this.counts.value, "float32");
      const [noes, yeses] = tf.unstack(tf.slice(all, [0, 0], [2, this.bins])) as [tf.Tensor, tf.Tensor];
      const [negatives, positives] = [tf.sum(noes), tf.sum(yeses)];
      const area = this.curve === "ROC" ? rankedPairs(noes, yeses, negatives) : averagePrecision(noes, yeses);
      const isKnown = tf.logicalAnd(
        tf.logicalAnd(tf.greater(positives, 0), tf.greater(negatives, 0)),
        tf.equal(tf.sum(tf.slice(all, [0, this.bins], [2, 1])), 0),
      );
      return tf.where(isKnown, ratio(area, positives, 0), tf.scalar(NaN));
    });
  }

  /** The bin of each score: int32. */
  private binsOf(scores: tf.Tensor): tf.Tensor {
    const { bins } = this;
    const x = tf.cast(scores, "float32");
    const isNaN = tf.isNaN(x);
    const known = tf.where(isNaN, tf.zerosLike(x), x);
    const place =
      this.scores === "probabilities" ? tf.mul(known, bins) : tf.mul(tf.add(softsign(known), 1), bins / 2);
    const bin = tf.cast(tf.clipByValue(tf.floor(place), 0, bins - 1), "int32");
    return tf.where(isNaN, full(x.shape, bins, "int32"), bin);
  }
}

/** Infinities become -1 and 1. */
function softsign(x: tf.Tensor): tf.Tensor {
  // Of larger numbers the quotient is 1.
  const finite = tf.clipByValue(x, -1e30, 1e30);
  return tf.div(finite, tf.add(tf.abs(finite), 1));
}

/** For each yes the share of noes below it, those beside it by half; the sum over yeses. */
function rankedPairs(noes: tf.Tensor, yeses: tf.Tensor, negatives: tf.Tensor): tf.Tensor {
  const shares = ratio(noes, negatives, 0);
  const below = tf.add(tf.cumsum(shares, 0, true), tf.mul(shares, 0.5));
  return tf.sum(tf.mul(yeses, below));
}

/** For each yes the precision of the threshold that just lets it in; the sum over yeses. */
function averagePrecision(noes: tf.Tensor, yeses: tf.Tensor): tf.Tensor {
  const [hits, misses] = [yeses, noes].map((counts) => tf.cumsum(counts, 0, false, true)) as [
    tf.Tensor,
    tf.Tensor,
  ];
  return tf.sum(tf.mul(yeses, ratio(hits, tf.add(hits, misses), 0)));
}
