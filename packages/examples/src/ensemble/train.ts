/** @file Eight digit classifiers that are trained at once. */
import { jit } from "@nnx-js/jit";
import { Param, Rngs, valueAndGrad, vmap } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { trainingBatches } from "../digits/batches.ts";
import { crossEntropy } from "../digits/loss.ts";
import { DigitClassifier } from "../digits/model.ts";
import type { Digits } from "../digits/split.ts";

/** How many models there are. */
export const MODELS = 8;

/** [n, 784] → [8, n, 10]: models with weights and dropout masks of their own, which see the same pictures. */
export const Ensemble = vmap(DigitClassifier, { axisSize: MODELS, inAxes: null });

const crossEntropies = vmap(crossEntropy, { inAxes: [0, null] });

/** One step of the optimiser for all models; the mean of their losses before it. */
export function ensembleStep(
  models: DigitClassifier,
  optimizer: Optimizer<DigitClassifier>,
  images: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor {
  // The sum: no model's gradient is smaller because there are others.
  const lossFn = (all: DigitClassifier) => tf.sum(crossEntropies(all.forward(images), labels));
  const [loss, grads] = valueAndGrad(lossFn)(models);
  optimizer.update(models, grads);
  return tf.div(loss, MODELS);
}

/** Trains; the mean loss of each epoch. */
export async function trainEnsemble(
  models: DigitClassifier,
  digits: Digits,
  { epochs, seed, batchSize = 128 }: { epochs: number; seed: number; batchSize?: number },
): Promise<number[]> {
  using rngs = new Rngs(seed);
  using optimizer = new Optimizer(models, adam(1e-3), { wrt: Param });
  using step = jit(ensembleStep);
  const means: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const losses: tf.Tensor[] = [];
    for await (const { images, labels } of trainingBatches(digits, { batchSize, rngs, epochs: 1 })) {
      losses.push(step(models, optimizer, images, labels));
      tf.dispose([images, labels]);
    }
    const mean = tf.tidy(() => tf.mean(tf.stack(losses)));
    means.push((await mean.data())[0]!);
    tf.dispose([mean, losses]);
  }
  return means;
}
