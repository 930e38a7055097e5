import { Accuracy, Average, clone, MultiMetric, type Statistics, Welford } from "@nnx-js/nn";
import { expectNoLeak, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const first = () => tf.tensor1d([1, 2, 3, 4]);
const second = () => tf.tensor1d([3, 2, 1, 0]);

describe("Average", () => {
  test("is the mean of all values, NaN without any", async () => {
    const average = new Average();
    await expect(average.compute()).toBeAllClose([NaN]);
    average.update({ values: first() });
    await expect(average.compute()).toBeAllClose([2.5]);
    average.update({ values: second() });
    await expect(average.compute()).toBeAllClose([2]);
    average.update({ values: 11 });
    await expect(average.compute()).toBeAllClose([3]);
    average.update({ values: tf.tensor2d([1, 2], [1, 2], "int32") });
    await expect(average.compute()).toBeAllClose([30 / 11]);
    average.reset();
    await expect(average.compute()).toBeAllClose([NaN]);
    expect([average.total.dtype, average.count.dtype]).toEqual(["float32", "int32"]);
  });

  test("counts what the mask leaves in, even beside NaN", async () => {
    const average = new Average("loss");
    const loss = tf.tensor2d([1, NaN, 3, 4, 5, 6], [2, 3]);
    average.update({ loss, mask: tf.tensor1d([1, 0, 1], "bool") });
    await expect(average.compute()).toBeAllClose([3.5]);
    average.update({ loss, mask: tf.tensor2d([0, 0], [2, 1]) });
    await expect(average.compute()).toBeAllClose([3.5]);
    await expect(average.count.value).toBeAllClose([4]);
  });
});

describe("Accuracy", () => {
  const logits = () => tf.tensor2d([0.1, 0.9, 0.8, 0.2, 0.3, 0.7, 0.6, 0.4], [4, 2]);
  const labels = () => tf.tensor1d([1, 1, 1, 0], "int32");

  test("is the share of predictions whose largest logit is that of the label", async () => {
    const accuracy = new Accuracy();
    await expect(accuracy.compute()).toBeAllClose([NaN]);
    accuracy.update({ logits: logits(), labels: labels() });
    await expect(accuracy.compute()).toBeAllClose([0.75]);
    accuracy.update({ logits: logits(), labels: labels(), mask: tf.tensor1d([0, 1, 0, 0], "bool") });
    await expect(accuracy.compute()).toBeAllClose([3 / 5]);
  });

  test("takes logits from the threshold on for a yes", async () => {
    const accuracy = new Accuracy({ threshold: 0.5 });
    accuracy.update({
      logits: tf.tensor1d([0.5, 0.4, 0.9, -3, 0.6]),
      labels: tf.tensor1d([1, 0, 0, 2, 1], "int32"),
    });
    await expect(accuracy.compute()).toBeAllClose([3 / 5]);
  });
});

describe("Welford", () => {
  const expectStatistics = async (found: Statistics, mean: number, error: number, deviation: number) => {
    await expect(found.mean).toBeAllClose([mean]);
    await expect(found.standardErrorOfMean).toBeAllClose([error]);
    await expect(found.standardDeviation).toBeAllClose([deviation]);
  };

  test("gives Flax's statistics", async () => {
    const welford = new Welford();
    await expectStatistics(welford.compute(), 0, NaN, NaN);
    welford.update({ values: first() });
    await expectStatistics(welford.compute(), 2.5, 0.559017, 1.118034);
    welford.update({ values: second() });
    await expectStatistics(welford.compute(), 2, 0.43301272, 1.2247449);
    welford.reset();
    await expectStatistics(welford.compute(), 0, NaN, NaN);
  });

  test("keeps its precision for large means, in any batches", async () => {
    const welford = new Welford("x");
    const values = Array.from({ length: 60 }, (_, i) => 10_000 + (i % 3));
    for (const size of [1, 9, 20, 30]) {
      welford.update({ x: tf.tensor1d(values.splice(0, size)) });
      welford.update({ x: tf.zeros([4]), mask: tf.zeros([4], "bool") });
    }
    const { mean, standardDeviation } = welford.compute();
    await expect(mean).toBeAllClose([10_001]);
    await expect(standardDeviation).toBeAllClose([Math.sqrt(2 / 3)], { rtol: 1e-3 });
  });

  test("one number at a time is the same as all at once", async () => {
    const [single, batch] = [new Welford(), new Welford()];
    const values = wave([12], 3);
    batch.update({ values });
    for (const value of await values.data()) single.update({ values: value });
    const [found, expected] = [single.compute(), batch.compute()];
    await expect(found.mean).toBeAllClose(expected.mean);
    await expect(found.standardDeviation).toBeAllClose(expected.standardDeviation);
    await expect(found.standardErrorOfMean).toBeAllClose(expected.standardErrorOfMean);
  });
});

describe("MultiMetric", () => {
  const batch = () => ({
    logits: tf.tensor2d([0, 1, 1, 0, 0, 1, 1, 0], [4, 2]),
    labels: tf.tensor1d([1, 0, 0, 0], "int32"),
    loss: first(),
  });

  test("hands each metric what it needs", async () => {
    const metrics = new MultiMetric({ accuracy: new Accuracy(), loss: new Average("loss") });
    metrics.update(batch());
    const { accuracy, loss } = metrics.compute();
    await expect(accuracy).toBeAllClose([0.75]);
    await expect(loss).toBeAllClose([2.5]);
    metrics.loss.reset();
    await expect(metrics.compute().loss).toBeAllClose([NaN]);
    await expect(metrics.compute().accuracy).toBeAllClose([0.75]);
    metrics.reset();
    await expect(metrics.compute().accuracy).toBeAllClose([NaN]);
  });

  test("takes one mask for all, or one for each", async () => {
    const metrics = new MultiMetric({ accuracy: new Accuracy(), loss: new Average("loss") });
    metrics.update({ ...batch(), mask: tf.tensor1d([0, 0, 1, 1], "bool") });
    await expect(metrics.compute().accuracy).toBeAllClose([0.5]);
    await expect(metrics.compute().loss).toBeAllClose([3.5]);
    metrics.reset();
    metrics.update({ ...batch(), mask: { loss: tf.tensor1d([1, 0, 0, 0], "bool") } });
    await expect(metrics.compute().accuracy).toBeAllClose([0.75]);
    await expect(metrics.compute().loss).toBeAllClose([1]);
  });

  test("a clone counts by itself", async () => {
    const metrics = new MultiMetric({ loss: new Average("loss") });
    const copy = clone(metrics);
    metrics.update({ loss: 1 });
    copy.update({ loss: 3 });
    await expect(metrics.compute().loss).toBeAllClose([1]);
    await expect(copy.compute().loss).toBeAllClose([3]);
  });

  test("updating, reading and starting anew leave nothing behind", async () => {
    const metrics = new MultiMetric({
      accuracy: new Accuracy(),
      loss: new Average("loss"),
      spread: new Welford("loss"),
    });
    const [updates, mask] = [batch(), tf.tensor1d([1, 0, 1, 1], "bool")];
    await expectNoLeak(() => {
      metrics.update(updates);
      metrics.update({ ...updates, mask });
      const { accuracy, loss, spread } = metrics.compute();
      tf.dispose([accuracy, loss, spread.mean, spread.standardErrorOfMean, spread.standardDeviation]);
      metrics.reset();
    });
  });
});
