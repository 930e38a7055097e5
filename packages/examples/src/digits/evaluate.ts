/** @file Measures a classifier on digits that it has not learned from. */
import * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "./classifier.ts";
import type { Digits } from "./split.ts";
import { crossEntropy } from "./loss.ts";

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
 * Measures an eval view of a model; it never sees more than 250 pictures at once.
 *
 * @param evalModel a view with `deterministic` and `useRunningAverage` on
 */
export async function evaluate(evalModel: Classifier, digits: Digits): Promise<Evaluation> {
  const tensors = tf.tidy(() => {
    const logits = classify(evalModel, digits.images);
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

/** Pictures in a part: what the layers of a convolutional model make of a thousand takes hundreds of megabytes. */
const PART = 250;

/** What the model answers, part by part. */
function classify(model: Classifier, images: tf.Tensor2D): tf.Tensor {
  const [count] = images.shape;
  const parts: tf.Tensor[] = [];
  for (let begin = 0; begin < count; begin += PART) {
    const size = Math.min(PART, count - begin);
    parts.push(tf.tidy(() => model.forward(tf.slice(images, [begin, 0], [size, -1]))));
  }
  return tf.concat(parts);
}
