/** @file The mean of numbers, and the share of right predictions. */
import { assertOptions } from "../checked-arguments.ts";
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError, ShapeMismatchError } from "../errors.ts";
import { MetricState } from "../variable/types.ts";
import { Metric, setValues, zerosFor } from "./metric.ts";
import { missingUpdate, ratio, sumOf, type Values, valuesOf, type ValueUpdates } from "./values.ts";

/** What averages share: a sum and a count. */
abstract class MeanMetric extends Metric {
  static override readonly name: string = "MeanMetric";
  /** The sum so far: float32 `[]`. */
  readonly total: MetricState;
  /** How many values so far: int32 `[]`. */
  readonly count: MetricState;

  constructor() {
    super();
    this.total = new MetricState(tf.scalar(0));
    this.count = new MetricState(tf.scalar(0, "int32"));
  }

  reset(): void {
    const states = [this.total, this.count];
    setValues(states, () => zerosFor(states));
  }

  /** The mean so far: float32 `[]`, NaN before the first update. The caller disposes of it. */
  compute(): tf.Tensor {
    return tf.tidy(() => ratio(this.total.value, this.count.value));
  }

  /** Adds values to the sums; when `valuesOfUpdate` throws nothing has changed. */
  protected add(valuesOfUpdate: () => Values): void {
    setValues([this.total, this.count], () => {
      const { values, mask, count } = valuesOfUpdate();
      return [tf.add(this.total.value, sumOf(values, mask)), tf.add(this.count.value, count)];
    });
  }
}

/**
 * The mean of all numbers that it was given.
 *
 * ```ts
 * const average = new Average();
 * average.update({ values: losses }); // a tensor of any shape, or a number
 * const mean = await average.compute().data();
 * ```
 *
 * @see flax.nnx.metrics.Average
 */
export class Average<Name extends string = "values"> extends MeanMetric {
  static override readonly name: string = "Average";
  /** The name of the values in an update. */
  readonly argname: Name;

  /** @param argname what `update` calls the values; `"values"` unless given */
  constructor(argname?: Name) {
    super();
    // The type parameter is "values" where there is no argument.
    this.argname = argname ?? ("values" as Name);
  }

  /** @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError; nothing has changed then */
  update(updates: ValueUpdates<Name>): void {
    this.add(() => valuesOf(updates, this.argname, this));
  }
}

/** Options of {@link Accuracy}. */
export interface AccuracyOptions {
  /**
   * For yes-or-no predictions: from which logit on it is a yes. Without it, the class with the largest logit is the
   * prediction.
   */
  threshold?: number | undefined;
}

/** What an {@link Accuracy} is updated with. */
export interface AccuracyUpdates {
  /** `[..., classes]`; with a threshold `[...]`. */
  logits: tf.Tensor;
  /** Classes, or 0 and 1: int32 `[...]`. */
  labels: tf.Tensor;
  /** Only predictions where it is true count; it broadcasts to the labels. */
  mask?: tf.Tensor | undefined;
}

/**
 * The share of right predictions.
 *
 * ```ts
 * const accuracy = new Accuracy();
 * accuracy.update({ logits: model.forward(x), labels });
 * ```
 *
 * @see flax.nnx.metrics.Accuracy
 */
export class Accuracy extends MeanMetric {
  static override readonly name: string = "Accuracy";
  /** From which logit on a prediction is a yes; `undefined` for several classes. */
  readonly threshold: number | undefined;

  constructor(options: AccuracyOptions = {}) {
    super();
    assertOptions(options, "Accuracy");
    const { threshold } = options;
    if (threshold !== undefined && (typeof threshold !== "number" || Number.isNaN(threshold))) {
      throw new InvalidArgumentError(
        `expected a number for threshold, got ${String(threshold)}. Write new Accuracy({ threshold: 0.5 }).`,
        this,
      );
    }
    this.threshold = threshold;
  }

  /** @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError; nothing has changed then */
  update(updates: AccuracyUpdates): void {
    // From plain JavaScript it may be anything.
    const { logits, labels, mask } = (updates as AccuracyUpdates | undefined) ?? ({} as AccuracyUpdates);
    if (logits === undefined || labels === undefined)
      throw missingUpdate(["logits", "labels"], updates, this);
    this.check(logits, labels);
    this.add(() => {
      const { threshold } = this;
      const values =
        threshold === undefined
          ? tf.equal(tf.argMax(logits, -1), labels)
          : tf.equal(tf.greaterEqual(logits, threshold), tf.greater(labels, 0));
      return valuesOf({ values, mask }, "values", this);
    });
  }

  private check(logits: tf.Tensor, labels: tf.Tensor): void {
    if (!(logits instanceof tf.Tensor) || !(labels instanceof tf.Tensor)) {
      const found = [logits, labels].map((value: unknown) =>
        value instanceof tf.Tensor
          ? "a tensor"
          : Array.isArray(value)
            ? "an array"
            : value === null
              ? "null"
              : `a ${typeof value}`,
      );
      throw new InvalidArgumentError(
        `expected tensors for logits and labels, got ${found.join(" and ")}. Write tf.tensor(…), and ` +
          `tf.tensor1d([…], "int32") for labels.`,
        this,
      );
    }
    const expected = this.threshold === undefined ? logits.shape.slice(0, -1) : logits.shape;
    if ((this.threshold === undefined && logits.rank === 0) || expected.join() !== labels.shape.join()) {
      throw new ShapeMismatchError(
        `expected labels of shape [${expected.join(", ")}] for logits of shape [${logits.shape.join(", ")}], got ` +
          `[${labels.shape.join(", ")}]. ` +
          (this.threshold === undefined
            ? `For yes-or-no predictions, write new Accuracy({ threshold: 0.5 }).`
            : `For several classes, write new Accuracy() without a threshold.`),
        this,
      );
    }
    if (labels.dtype !== "int32") {
      throw new DtypeError(
        `expected int32 labels, got ${labels.dtype}. Convert them: tf.cast(labels, "int32").`,
        this,
      );
    }
  }
}
