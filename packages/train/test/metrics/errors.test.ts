import { AUC, ConfusionMatrix, FBetaScore, Precision, TopKAccuracy } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const cases: [what: string, make: () => unknown, message: string][] = [
  ["no classes", () => new ConfusionMatrix({}), "expected a number of classes, 2 or more, got undefined"],
  ["classes of yes or no", () => new Precision({ classes: 3, threshold: 0 }), "expected 2 classes with a threshold, got 3"], // prettier-ignore
  ["an average", () => new Precision({ classes: 3, average: "mean" as "macro" }), 'expected "macro", "micro", "weighted", "none" for average, got "mean"'], // prettier-ignore
  ["a threshold", () => new Precision({ threshold: NaN }), "expected a number for threshold, got NaN"],
  ["beta", () => new FBetaScore({ classes: 3, beta: -1 }), "expected a number from 0 on for beta, got -1"],
  ["a curve", () => new AUC({ curve: "roc" as "ROC" }), 'expected "ROC", "PR" for curve, got "roc"'],
  ["bins", () => new AUC({ bins: 1 }), "expected an integer from 2 on for bins, got 1"],
  ["k", () => new TopKAccuracy({ k: 0 }), "expected an integer from 1 on for k, got 0"],
];
test.each(cases)("wrong: %s", (_what, make, message) => {
  expect(make).toThrow(message);
});

test("wrong updates change nothing", async () => {
  using scope = { [Symbol.dispose]: () => tf.engine().endScope() };
  tf.engine().startScope();
  expect(scope).toBeDefined();
  const precision = new Precision({ classes: 3 });
  const logits = tf.zeros([2, 3]);
  const labels = tf.tensor1d([0, 1], "int32");
  const wrong: [updates: object, message: string][] = [
    [{ logits }, "expected updates called logits and labels, got logits"],
    [{ logit: logits, labels }, "logits"],
    [{ logits: [1, 2], labels }, "expected tensors for logits and labels, got an array and a tensor"],
    [{ logits: tf.zeros([2, 4]), labels }, "expected logits of 3 classes, got the shape [2, 4]"],
    [
      { logits, labels: tf.tensor1d([0], "int32") },
      "expected labels of shape [2] for logits of shape [2, 3], got [1]",
    ],
    [{ logits, labels: tf.tensor1d([0, 1]) }, "expected int32 labels, got float32"],
    [
      { logits, labels, mask: tf.ones([3]) },
      "expected a mask that broadcasts to the shape [2] of the labels",
    ],
  ];
  for (const [updates, message] of wrong) {
    expect(() => precision.update(updates as { logits: tf.Tensor; labels: tf.Tensor })).toThrow(message);
  }
  expect(Math.max(...(await precision.labels.value.data()))).toBe(0);
});
