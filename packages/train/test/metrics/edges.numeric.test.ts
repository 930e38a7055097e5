import { jit } from "@nnx-js/jit";
import { Accuracy, MultiMetric } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import { AUC, ConfusionMatrix, F1Score, Perplexity, Precision, Recall, TopKAccuracy } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const logits = () => tf.tensor2d([3, 1, 2, 0, 5, 4, 1, 1, 1, -1, -2, -3], [4, 3]);
const labels = () => tf.tensor1d([0, 2, 1, 1], "int32");

test("nothing counted yet", async () => {
  await expect(new Precision({ classes: 3 }).compute()).toBeAllClose([0]);
  await expect(new Recall({ classes: 3, zeroDivision: NaN }).compute()).toBeAllClose([NaN]);
  await expect(new AUC().compute()).toBeAllClose([NaN]);
  await expect(new TopKAccuracy().compute()).toBeAllClose([NaN]);
  await expect(new Perplexity().compute()).toBeAllClose([NaN]);
});

test("labels that are no class are not counted, and a reset starts anew", async () => {
  const confusion = new ConfusionMatrix({ classes: 3 });
  const wrong = tf.tensor1d([0, -1, 3, 1], "int32");
  confusion.update({ logits: logits(), labels: wrong });
  expect([...(await confusion.compute().data())]).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 0]);
  const recall = new Recall({ classes: 3, average: "micro" });
  recall.update({ logits: logits(), labels: wrong });
  await expect(recall.compute()).toBeAllClose([0.5]);
  confusion.reset();
  expect(Math.max(...(await confusion.compute().data()))).toBe(0);
});

test("of one guess the accuracy is Accuracy, ties included", async () => {
  const [one, accuracy] = [new TopKAccuracy({ k: 1 }), new Accuracy()];
  one.update({ logits: logits(), labels: labels() });
  accuracy.update({ logits: logits(), labels: labels() });
  expect([...(await one.compute().data())]).toEqual([...(await accuracy.compute().data())]);
  const two = new TopKAccuracy({ k: 2 });
  two.update({ logits: logits(), labels: labels() });
  // The second class of three equal ones is among the first two.
  await expect(two.compute()).toBeAllClose([1]);
});

test("NaN is no good guess, and no score", async () => {
  const top = new TopKAccuracy({ k: 2 });
  top.update({
    logits: tf.tensor2d([NaN, 1, 0, -Infinity, 1, 0], [2, 3]),
    labels: tf.tensor1d([0, 0], "int32"),
  });
  await expect(top.compute()).toBeAllClose([0]);
  const auc = new AUC();
  auc.update({ logits: tf.tensor1d([1, -1, Infinity]), labels: tf.tensor1d([1, 0, 1], "int32") });
  await expect(auc.compute()).toBeAllClose([1]);
  auc.update({ logits: tf.tensor1d([NaN]), labels: tf.tensor1d([1], "int32") });
  await expect(auc.compute()).toBeAllClose([NaN]);
});

test("a certain wrong prediction is infinitely perplexing; equal ones are as many as they are", async () => {
  const perplexity = new Perplexity();
  perplexity.update({ logits: tf.zeros([2, 2, 8]), labels: tf.zeros([2, 2], "int32") });
  await expect(perplexity.compute()).toBeAllClose([8], { rtol: 1e-5, atol: 0 });
  perplexity.update({
    logits: tf.tensor2d([0, -Infinity], [1, 2]),
    labels: tf.tensor1d([1], "int32"),
  });
  await expect(perplexity.compute()).toBeAllClose([Infinity]);
});

test("compiled, together, they count the same and leave nothing", async () => {
  const make = () =>
    new MultiMetric({
      precision: new Precision({ classes: 3 }),
      f1: new F1Score({ classes: 3, average: "weighted" }),
      confusion: new ConfusionMatrix({ classes: 3 }),
      top: new TopKAccuracy({ k: 2 }),
      perplexity: new Perplexity(),
    });
  const [eager, compiled] = [make(), make()];
  using update = jit((metrics: ReturnType<typeof make>, x: tf.Tensor, y: tf.Tensor, mask: tf.Tensor) => {
    metrics.update({ logits: x, labels: y, mask });
  });
  const [x, y, mask] = [logits(), labels(), tf.tensor1d([1, 1, 0, 1], "bool")];
  for (let i = 0; i < 2; i++) {
    eager.update({ logits: x, labels: y, mask });
    update(compiled, x, y, mask);
  }
  const [expected, got] = [eager.compute(), compiled.compute()];
  for (const name of ["precision", "f1", "confusion", "top", "perplexity"] as const) {
    await expect(got[name]).toBeAllClose([...(await expected[name].data())], { rtol: 1e-5, atol: 1e-6 });
  }
  await expectNoLeak(() => {
    update(compiled, x, y, mask);
    tf.dispose(Object.values(compiled.compute()));
  });
});
