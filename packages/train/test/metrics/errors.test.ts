import { AUC, ConfusionMatrix, FBetaScore, Precision, TopKAccuracy } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const cases: [what: string, make: () => unknown, message: string][] = [
  ["no classes", () => new ConfusionMatrix({}), "expected a number of classes, 2 or more, got undefined"],
  ["classes of yes or no", () => new Precision({ classes: 3, threshold: 0 }), "expected 2 classes with a threshold, got the number 3"], // prettier-ignore
  ["an average", () => new Precision({ classes: 3, average: "mean" as "macro" }), 'Precision: average: expected "macro" or "micro" or "weighted" or "none", got "mean"'], // prettier-ignore
  ["a threshold", () => new Precision({ threshold: NaN }), "Precision: threshold: expected a finite number, got the number NaN"], // prettier-ignore
  ["beta", () => new FBetaScore({ classes: 3, beta: -1 }), "beta: expected a finite number of at least 0, got the number -1"], // prettier-ignore
  ["a curve", () => new AUC({ curve: "roc" as "ROC" }), 'AUC: curve: expected "ROC" or "PR", got "roc"'],
  ["bins", () => new AUC({ bins: 1 }), "AUC: bins: expected an integer of at least 2, got the number 1"],
  ["k", () => new TopKAccuracy({ k: 0 }), "TopKAccuracy: k: expected an integer of at least 1, got the number 0"], // prettier-ignore
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
