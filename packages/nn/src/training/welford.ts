/** @file Mean and spread of numbers, in one pass. */
import * as tf from "@tensorflow/tfjs-core";
import { MetricState } from "../variable/types.ts";
import { Metric, setValues, zerosFor } from "./metric.ts";
import { ratio, sumOf, valuesOf, type ValueUpdates } from "./values.ts";

/** What {@link Welford} computes; each is float32 `[]`, and the caller's to dispose of. */
export interface Statistics {
  /** 0 before the first update. */
  readonly mean: tf.Tensor;
  /** `standardDeviation / sqrt(count)`; NaN before the first update. */
  readonly standardErrorOfMean: tf.Tensor;
  /** Of the numbers themselves (divided by their count, not by one less); NaN before the first update. */
  readonly standardDeviation: tf.Tensor;
}

/**
 * Mean and standard deviation of all numbers that it was given, by the algorithm of Welford in its form for batches:
 * large means cost no precision.
 *
 * @see flax.nnx.metrics.Welford; Chan, Golub and LeVeque, 1983
 */
export class Welford<Name extends string = "values"> extends Metric {
  static override readonly name: string = "Welford";
  /** The name of the values in an update. */
  readonly argname: Name;
  /** How many values so far: int32 `[]`. */
  readonly count: MetricState;
  /** Their mean: float32 `[]`. */
  readonly mean: MetricState;
  /** The sum of their squared distances from the mean: float32 `[]`. */
  readonly m2: MetricState;

  /** @param argname what `update` calls the values; `"values"` unless given */
  constructor(argname?: Name) {
    super();
    // The type parameter is "values" where there is no argument.
    this.argname = argname ?? ("values" as Name);
    this.count = new MetricState(tf.scalar(0, "int32"));
    this.mean = new MetricState(tf.scalar(0));
    this.m2 = new MetricState(tf.scalar(0));
  }

  reset(): void {
    const states = [this.count, this.mean, this.m2];
    setValues(states, () => zerosFor(states));
  }

  /** @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError; nothing has changed then */
  update(updates: ValueUpdates<Name>): void {
    setValues([this.count, this.mean, this.m2], () => {
      const { values, mask, count } = valuesOf(updates, this.argname, this);
      const [old, mean, m2] = [tf.cast(this.count.value, "float32"), this.mean.value, this.m2.value];
      const added = tf.cast(count, "float32");
      const total = tf.add(old, added);
      // A mask may leave nothing: then all that is added is 0.
      const batchMean = tf.div(sumOf(values, mask), tf.maximum(added, 1));
      const share = tf.div(added, tf.maximum(total, 1));
      const delta = tf.sub(batchMean, mean);
      const within = sumOf(tf.square(tf.sub(values, batchMean)), mask);
      const between = tf.mul(tf.mul(tf.square(delta), old), share);
      return [
        tf.add(this.count.value, count),
        tf.add(mean, tf.mul(delta, share)),
        tf.add(m2, tf.add(within, between)),
      ];
    });
  }

  compute(): Statistics {
    return tf.tidy(() => {
      const count = this.count.value;
      const standardDeviation = tf.sqrt(ratio(this.m2.value, count));
      return {
        mean: this.mean.value.clone(),
        standardErrorOfMean: ratio(standardDeviation, tf.sqrt(tf.cast(count, "float32"))),
        standardDeviation,
      };
    });
  }
}
