/** @file Measures the classifier on digits that it has not learned from. */
import * as tf from "@tensorflow/tfjs-core";
import type { Digits } from "./data.ts";
import { crossEntropy } from "./loss.ts";
import type { DigitClassifier } from "./model.ts";

/** How well a model does. */
export interface Evaluation {
  /** Mean cross entropy. */
  loss: number;
  /** Share of the digits that were recognised. */
  accuracy: number;
  /** What each picture was taken for. */
  predictions: ArrayLike<number>;
}

/**
 * Measures an eval view of the model in one pass.
 *
 * @param evalModel a view with `deterministic` and `useRunningAverage` on
 */
export async function evaluate(evalModel: DigitClassifier, digits: Digits): Promise<Evaluation> {
  const tensors = tf.tidy(() => {
    const logits = evalModel.forward(digits.images);
    const predictions = tf.argMax(logits, -1);
    const right = tf.equal(predictions, digits.labels);
    return { predictions, loss: crossEntropy(logits, digits.labels), accuracy: tf.mean(right) };
  });
  const [loss, accuracy, predictions] = await Promise.all([
    tensors.loss.data(),
    tensors.accuracy.data(),
    tensors.predictions.data(),
  ]);
  tf.dispose(tensors);
  return { loss: loss[0]!, accuracy: accuracy[0]!, predictions };
}
