/** @file Trains the adapters of a frozen classifier, and nothing else. */
import { All, LoRAParam, Not, Param, Rngs, select } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { trainingBatches } from "../digits/batches.ts";
import type { DigitsSplit } from "../digits/data.ts";
import { evaluate } from "../digits/evaluate.ts";
import type { DigitClassifier } from "../digits/model.ts";
import { trainStep } from "../digits/step.ts";

/** What a run needs to know. */
export interface AdaptOptions {
  /** Passes over the training part. */
  epochs: number;
  /** The integer that the order of the pictures comes from. */
  seed: number;
  /** Pictures in a batch, 100 unless given. */
  batchSize?: number | undefined;
  /** Stops the run after the current step; the result is that of the steps done. */
  signal?: AbortSignal | undefined;
  /** Told after every epoch. */
  onProgress?: ((progress: AdaptProgress) => void) | undefined;
}

/** How far a run is. */
interface AdaptProgress {
  /** Steps done. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
  /** Mean training loss of the epoch. */
  loss: number;
  /** Test accuracy after it. */
  accuracy: number;
}

/** What came of a run. */
export interface AdaptResult {
  /** Test accuracy before the first epoch, and after each. */
  accuracies: number[];
  /** When each of them was measured, in epochs. */
  epochs: number[];
  /** Whether the signal ended the run before its last step. */
  interrupted: boolean;
}

/**
 * Freezes all parameters of `model` but the `LoRAParam`s, which are trained in place on `data.train`; measures it on
 * `data.test` after every epoch.
 */
export async function adapt(
  model: DigitClassifier,
  data: DigitsSplit,
  { epochs, seed, batchSize = 100, signal, onProgress }: AdaptOptions,
): Promise<AdaptResult> {
  select(model)
    .where(All(Param, Not(LoRAParam)))
    .freeze();
  using optimizer = new Optimizer(model, adam(LEARNING_RATE), { wrt: Param });
  using rngs = new Rngs(seed);
  const stepsPerEpoch = Math.floor(data.train.labels.size / batchSize);
  const steps = epochs * stepsPerEpoch;
  const measure = async () => (await evaluate(model, data.test)).accuracy;
  const result: AdaptResult = { accuracies: [await measure()], epochs: [0], interrupted: false };
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (signal?.aborted) break;
    const losses: tf.Tensor[] = [];
    for await (const { images, labels } of trainingBatches(data.train, batchSize, rngs)) {
      losses.push(trainStep(model, optimizer, images, labels));
      step++;
      // Without a pause no signal would ever arrive: a step never waits for anything.
      await tf.nextFrame();
      if (signal?.aborted) break;
    }
    const [loss, accuracy] = [await takeMean(losses), await measure()];
    result.accuracies.push(accuracy);
    result.epochs.push(step / stepsPerEpoch);
    onProgress?.({ step, steps, loss, accuracy });
  }
  result.interrupted = step < steps;
  return result;
}

const LEARNING_RATE = 3e-3;

/** The mean of the scalars in `losses`, which are freed. */
async function takeMean(losses: tf.Tensor[]): Promise<number> {
  using mean = tf.tidy(() => tf.mean(tf.stack(losses)));
  tf.dispose(losses);
  return (await mean.data())[0]!;
}
