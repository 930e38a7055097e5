/** @file How many classes a prediction hesitates between. */
import { Metric, MetricState, softmaxCrossEntropyWithIntegerLabels, ratio, setValues } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { clear, countsOf } from "./counts.ts";
import { predictionsOf, type PredictionUpdates } from "./predictions.ts";

/**
 * `exp` of the mean cross-entropy, in nats, of all labels so far: the number of equally likely classes that would be as
 * hard to guess. Infinite where a label has the probability 0.
 *
 * ```ts
 * const perplexity = new Perplexity();
 * perplexity.update({ logits, labels, mask: tf.notEqual(labels, padding) });
 * ```
 *
 * @see Jelinek et al., Perplexity: a measure of the difficulty of speech recognition tasks, 1977
 */
export class Perplexity extends Metric {
  static override readonly name: string = "Perplexity";
  /** The sum of the cross-entropies so far, in nats: float32 `[]`. */
  readonly total: MetricState;
  /** How many labels so far: int32 `[]`. */
  readonly count: MetricState;

  constructor() {
    super();
    this.total = new MetricState(tf.scalar(0));
    this.count = new MetricState(tf.scalar(0, "int32"));
  }

  reset(): void {
    clear([this.total, this.count]);
  }

  /** @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError; nothing has changed then */
  update(updates: PredictionUpdates): void {
    setValues([this.total, this.count], () => {
      const { logits, labels, mask } = predictionsOf(updates, true, this);
      const losses = softmaxCrossEntropyWithIntegerLabels(logits, labels);
      const counted = mask ? tf.where(mask, losses, tf.zerosLike(losses)) : losses;
      const added = tf.gather(countsOf(tf.zerosLike(labels), 1, mask), 0);
      return [tf.add(this.total.value, tf.sum(counted)), tf.add(this.count.value, added)];
    });
  }

  /** The perplexity so far: float32 `[]`, NaN before the first update. The caller disposes of it. */
  compute(): tf.Tensor {
    return tf.tidy(() => tf.exp(ratio(this.total.value, tf.cast(this.count.value, "float32"), NaN)));
  }
}
