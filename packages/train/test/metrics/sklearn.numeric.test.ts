import { AUC, ConfusionMatrix, F1Score, FBetaScore, Perplexity, Precision, Recall, TopKAccuracy } from "@nnx-js/train"; // prettier-ignore
import type { Metric } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import golden from "../golden/metrics.json" with { type: "json" };

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const isExact = ["cpu", "wasm"].includes(inject("backend"));
const tolerance = isExact ? { rtol: 1e-6, atol: 1e-7 } : { rtol: 1e-5, atol: 1e-6 };

interface Updatable extends Metric {
  update(updates: { logits: tf.Tensor; labels: tf.Tensor; mask?: tf.Tensor | undefined }): void;
  compute(): tf.Tensor;
}

/** Updates in three batches, the last of which is padded with what a mask leaves out. */
function figureOf(metric: Updatable, logits: tf.Tensor, labels: number[]): tf.Tensor {
  const all = tf.tensor1d(labels, "int32");
  const third = Math.ceil(labels.length / 3);
  for (let begin = 0; begin < labels.length; begin += third) {
    const size = Math.min(third, labels.length - begin);
    const part = (x: tf.Tensor) => {
      const rest: number[] = x.shape.slice(1);
      const slice = tf.slice(x, [begin, ...rest.map(() => 0)], [size, ...rest]);
      const padding = tf.onesLike(
        tf.slice(
          x,
          x.shape.map(() => 0),
          [third - size, ...rest],
        ),
      );
      return size < third ? tf.concat([slice, padding]) : slice;
    };
    const mask = size < third ? tf.less(tf.range(0, third), size) : undefined;
    metric.update({ logits: part(logits), labels: part(all), mask });
  }
  return metric.compute();
}

describe.each(golden.multiclass)("$name", (figures) => {
  const { classes, labels } = figures;
  const logits = () => tf.tensor2d(figures.logits, [labels.length, classes]);
  const check = (metric: Updatable, expected: number | number[]) =>
    expect(figureOf(metric, logits(), labels)).toBeAllClose([expected].flat(), tolerance);

  test("the confusion matrix is scikit-learn's", async () => {
    const counts = figureOf(new ConfusionMatrix({ classes }), logits(), labels);
    expect(counts.dtype).toBe("int32");
    expect([...(await counts.data())]).toEqual(figures.confusion);
  });

  test.each(["macro", "micro", "weighted", "none"] as const)("scores, %s", async (average) => {
    const expected = figures[average];
    const options = { classes, average };
    await check(new Precision(options), expected.precision);
    await check(new Recall(options), expected.recall);
    await check(new F1Score(options), expected.f1);
    await check(new FBetaScore({ ...options, beta: 2 }), expected.f2);
    await check(new FBetaScore({ ...options, beta: 0.5 }), expected.fhalf);
  });

  test("labels among the best guesses", async () => {
    for (const [k, expected] of Object.entries(figures.topk)) {
      await check(new TopKAccuracy({ k: Number(k) }), expected);
    }
  });

  test("perplexity", async () => {
    await check(new Perplexity(), figures.perplexity);
  });
});

describe.each(golden.binary)("$name", (figures) => {
  const { labels, threshold } = figures;
  const check = (metric: Updatable, expected: number, near = tolerance) =>
    expect(figureOf(metric, tf.tensor1d(figures.scores), labels)).toBeAllClose([expected], near);
  const scores = figures.kind as "logits" | "probabilities";

  test("of yes or no", async () => {
    const confusion = figureOf(new ConfusionMatrix({ threshold }), tf.tensor1d(figures.scores), labels);
    expect([...(await confusion.data())]).toEqual(figures.confusion);
    await check(new Precision({ threshold }), figures.precision);
    await check(new Recall({ threshold }), figures.recall);
    await check(new F1Score({ threshold }), figures.f1);
  });

  test("areas under curves", async () => {
    await check(new AUC({ scores, bins: golden.bins }), figures.roc);
    await check(new AUC({ scores, bins: golden.bins, curve: "PR" }), figures.pr);
    // Bins cost little.
    await check(new AUC({ scores }), figures.roc_exact, { rtol: 0, atol: 1e-3 });
    await check(new AUC({ scores, curve: "PR" }), figures.pr_exact, { rtol: 0, atol: 1e-3 });
  });
});
