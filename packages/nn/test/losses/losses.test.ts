import {
  cosineSimilarity,
  DtypeError,
  evalShape,
  InvalidArgumentError,
  l2Loss,
  ShapeMismatchError,
  sigmoidBinaryCrossEntropy,
  sigmoidFocalLoss,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
  squaredError,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const integers = (shape: number[]) => tf.zeros(shape, "int32");

describe("wrong arguments are refused with a repair", () => {
  test("one-hot labels for the loss with integer labels", () => {
    expect(() => softmaxCrossEntropyWithIntegerLabels(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(
      DtypeError,
    );
    expect(() =>
      softmaxCrossEntropyWithIntegerLabels(tf.zeros([2, 3]), tf.zeros([2, 3])),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: softmaxCrossEntropyWithIntegerLabels: expected int32 labels, got float32 of shape [2, 3]. For one-hot labels use softmaxCrossEntropy(logits, labels); for class numbers, tf.cast(labels, "int32").]`,
    );
  });

  test("labels with an axis too many", () => {
    expect(() => softmaxCrossEntropyWithIntegerLabels(tf.zeros([2, 3]), integers([2, 1]))).toThrow(
      ShapeMismatchError,
    );
    expect(() =>
      softmaxCrossEntropyWithIntegerLabels(tf.zeros([2, 3]), integers([2, 1])),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeMismatchError: softmaxCrossEntropyWithIntegerLabels: expected labels of shape [2] for logits of shape [2, 3], got [2, 1]. Write tf.reshape(labels, [2]).]`,
    );
  });

  test("integer logits", () => {
    for (const loss of [softmaxCrossEntropy, sigmoidBinaryCrossEntropy, sigmoidFocalLoss, squaredError]) {
      expect(() => loss(integers([2, 3]), tf.zeros([2, 3]))).toThrow(DtypeError);
    }
    expect(() => softmaxCrossEntropy(integers([2, 3]), tf.zeros([2, 3]))).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: softmaxCrossEntropy: expected float32 logits, got int32 of shape [2, 3]. Convert them: tf.cast(logits, "float32").]`,
    );
  });

  test("targets that would be broadcast by mistake", () => {
    expect(() => squaredError(tf.zeros([2, 1]), tf.zeros([2]))).toThrow(ShapeMismatchError);
    expect(() => l2Loss(tf.zeros([2, 1]), tf.zeros([2]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeMismatchError: l2Loss: expected targets of the predictions' shape [2, 1], got [2]. Give them one shape: tf.reshape(targets, [2, 1]).]`,
    );
  });

  test("an axis that is not there", () => {
    expect(() => cosineSimilarity(tf.zeros([2, 3]), tf.zeros([2, 3]), { axis: 2 })).toThrow(
      InvalidArgumentError,
    );
    expect(() =>
      softmaxCrossEntropy(tf.zeros([2, 3]), tf.zeros([2, 3]), { axis: -3 }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[InvalidArgumentError: softmaxCrossEntropy: expected an axis from -2 to 1 for a tensor of 2 axes, got -3.]`,
    );
  });
});

test("losses work on shapes alone", () => {
  const shape = evalShape(
    (logits: tf.Tensor, labels: tf.Tensor) => softmaxCrossEntropyWithIntegerLabels(logits, labels),
    tf.zeros([8, 5, 3]),
    integers([8, 5]),
  );
  expect(shape).toEqual({ shape: [8, 5], dtype: "float32" });
});
