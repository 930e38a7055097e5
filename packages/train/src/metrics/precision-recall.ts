/** @file Precision, recall, and what is between them. */
import { Metric, MetricState, ratio, setValues } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { classesOf, type ConfusionMatrixOptions, predicted } from "./confusion-matrix.ts";
import { clear, countsOf } from "./counts.ts";
import { checkNames, checkNumber, checkOneOf } from "../check.ts";
import { predictionsOf, type PredictionUpdates } from "./predictions.ts";

/** How the figures of classes become one. */
export type ClassAverage = "macro" | "micro" | "weighted" | "none";

/** Options of {@link Precision}, {@link Recall} and {@link FBetaScore}. */
export interface ClassScoreOptions extends ConfusionMatrixOptions {
  /**
   * For several classes: `"macro"` is the mean of all classes, `"weighted"` the mean by how many labels each has,
   * `"micro"` the figure of all predictions together, `"none"` one figure for each class. `"macro"` unless given. With
   * a threshold the figure is that of the yeses.
   */
  average?: ClassAverage | undefined;
  /** The figure of a class without predictions, or without labels, where that is 0 divided by 0. 0 unless given. */
  zeroDivision?: number | undefined;
}

const NAMES = [
  "classes",
  "threshold",
  "average",
  "zeroDivision",
] as const satisfies (keyof ClassScoreOptions)[];

/** What was counted, as floats of one shape. */
interface Counted {
  /** Labels of the class that were predicted to be. */
  readonly hits: tf.Tensor;
  /** Predictions of the class. */
  readonly predicted: tf.Tensor;
  /** Labels of the class. */
  readonly actual: tf.Tensor;
}

/** What the figures share: three counts for each class. */
abstract class ClassScore extends Metric {
  static override readonly name: string = "ClassScore";
  readonly classes: number;
  /** From which logit on a prediction is a yes; `undefined` for several classes. */
  readonly threshold: number | undefined;
  readonly average: ClassAverage;
  readonly zeroDivision: number;
  /** How many labels of each class were predicted right: int32 `[classes]`. */
  readonly hits: MetricState;
  /** How many predictions each class has: int32 `[classes]`. */
  readonly predictions: MetricState;
  /** How many labels each class has: int32 `[classes]`. */
  readonly labels: MetricState;

  constructor(options: ClassScoreOptions, caller: string, more: readonly string[] = []) {
    super();
    checkNames(caller, options, [...NAMES, ...more], `new ${caller}({ classes: 10 })`);
    const { average = "macro", zeroDivision = 0, threshold } = options;
    this.classes = classesOf(options, caller);
    checkOneOf(caller, "average", average, ["macro", "micro", "weighted", "none"]);
    checkNumber(caller, "zeroDivision", zeroDivision, { allowsNaN: true });
    this.threshold = threshold;
    this.average = average;
    this.zeroDivision = zeroDivision;
    const zeros = () => new MetricState(tf.zeros([this.classes], "int32"));
    this.hits = zeros();
    this.predictions = zeros();
    this.labels = zeros();
  }

  reset(): void {
    clear([this.hits, this.predictions, this.labels]);
  }

  /**
   * Labels that are no class are not counted.
   *
   * @throws MissingArgumentError, InvalidArgumentError, ShapeMismatchError, DtypeError; nothing has changed then
   */
  update(updates: PredictionUpdates): void {
    const { classes, threshold } = this;
    const states = [this.hits, this.predictions, this.labels];
    setValues(states, () => {
      const given = predictionsOf(updates, threshold === undefined, this, classes);
      const labels = threshold === undefined ? given.labels : tf.cast(tf.greater(given.labels, 0), "int32");
      const guesses = predicted(given.logits, threshold);
      const isClass = tf.logicalAnd(tf.greaterEqual(labels, 0), tf.less(labels, classes));
      const mask = given.mask ? tf.logicalAnd(given.mask, isClass) : isClass;
      const isRight = tf.logicalAnd(tf.equal(labels, guesses), mask);
      const added = [
        countsOf(labels, classes, isRight),
        countsOf(guesses, classes, mask),
        countsOf(labels, classes, mask),
      ];
      return states.map((state, i) => tf.add(state.value, added[i]!));
    });
  }

  /**
   * The figure so far: float32 `[]`, with `average: "none"` `[classes]`. The caller disposes of it.
   */
  compute(): tf.Tensor {
    return tf.tidy(() => {
      const { average } = this;
      const [hits, predictions, labels] = [this.hits, this.predictions, this.labels].map(({ value }) =>
        tf.cast(value, "float32"),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      if (this.threshold !== undefined) {
        const [ofYes, saidYes, isYes] = [hits, predictions, labels].map((counts) => tf.gather(counts, 1));
        return this.score({ hits: ofYes!, predicted: saidYes!, actual: isYes! });
      }
      if (average === "micro") {
        return this.score({ hits: tf.sum(hits), predicted: tf.sum(predictions), actual: tf.sum(labels) });
      }
      const scores = this.score({ hits, predicted: predictions, actual: labels });
      if (average === "none") return scores;
      if (average === "macro") return tf.mean(scores);
      return ratio(tf.sum(tf.mul(scores, labels)), tf.sum(labels), this.zeroDivision);
    });
  }

  /**
   * The figure of each class.
   *
   * @internal
   */
  protected abstract score(counted: Counted): tf.Tensor;
}

/**
 * The share of the predictions of a class that are right.
 *
 * ```ts
 * const precision = new Precision({ classes: 10 }); // the mean of the classes
 * const ofYes = new Precision({ threshold: 0 }); // logits from 0 on say yes
 * ```
 *
 * @see sklearn.metrics.precision_score
 */
export class Precision extends ClassScore {
  static override readonly name: string = "Precision";

  /** @throws InvalidArgumentError */
  constructor(options: ClassScoreOptions) {
    super(options, "Precision");
  }

  /** @internal */
  protected score({ hits, predicted: all }: Counted): tf.Tensor {
    return ratio(hits, all, this.zeroDivision);
  }
}

/**
 * The share of the labels of a class that were found.
 *
 * @see sklearn.metrics.recall_score
 */
export class Recall extends ClassScore {
  static override readonly name: string = "Recall";

  /** @throws InvalidArgumentError */
  constructor(options: ClassScoreOptions) {
    super(options, "Recall");
  }

  /** @internal */
  protected score({ hits, actual }: Counted): tf.Tensor {
    return ratio(hits, actual, this.zeroDivision);
  }
}

/** Options of {@link FBetaScore}. */
export interface FBetaScoreOptions extends ClassScoreOptions {
  /** How many times recall weighs as much as precision. 1 unless given. */
  beta?: number | undefined;
}

/** Checks it before there is any count to free. */
function withBeta(options: FBetaScoreOptions, caller: string): FBetaScoreOptions {
  checkNames(caller, options, ["beta", ...NAMES], `new ${caller}({ classes: 10 })`);
  checkNumber(caller, "beta", options.beta === undefined ? 1 : options.beta, { least: 0 });
  return options;
}

/**
 * The weighted harmonic mean of precision and recall.
 *
 * @see sklearn.metrics.fbeta_score
 */
export class FBetaScore extends ClassScore {
  static override readonly name: string = "FBetaScore";
  readonly beta: number;

  /** @throws InvalidArgumentError */
  constructor(options: FBetaScoreOptions, caller = "FBetaScore") {
    super(withBeta(options, caller), caller, ["beta"]);
    this.beta = options.beta ?? 1;
  }

  /** @internal */
  protected score({ hits, predicted: all, actual }: Counted): tf.Tensor {
    const square = this.beta ** 2;
    return ratio(tf.mul(hits, 1 + square), tf.add(all, tf.mul(actual, square)), this.zeroDivision);
  }
}

/**
 * The harmonic mean of precision and recall.
 *
 * @see sklearn.metrics.f1_score
 */
export class F1Score extends FBetaScore {
  static override readonly name: string = "F1Score";

  /** @throws InvalidArgumentError */
  constructor(options: ClassScoreOptions) {
    super({ ...options, beta: 1 }, "F1Score");
  }
}
