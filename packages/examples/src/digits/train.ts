/** @file Trains a digit classifier: shuffled batches, a train and an eval view, an early stop. */
import { type Module, Param, Rngs } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { trainingBatches } from "./batches.ts";
import type { Classifier } from "./classifier.ts";
import type { DigitsSplit } from "./data.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { trainStep } from "./step.ts";

/** What a training run needs to know. */
export interface TrainOptions {
  /** Passes over the training part. */
  epochs: number;
  /** The integer that order and moves of the pictures come from. */
  seed: number;
  /** Pictures in a batch, 100 unless given. */
  batchSize?: number | undefined;
  /** Of AdamW, at the first step: it falls to 0 along a cosine. 3e-3 unless given. */
  learningRate?: number | undefined;
  /** Stops the run after the current step; the result is that of the steps done. */
  signal?: AbortSignal | undefined;
  /** Told every few steps. */
  onProgress?: ((progress: TrainProgress) => void) | undefined;
}

/** How far a run is. */
export interface TrainProgress {
  /** Steps done. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
  /** Mean training loss of the last few steps. */
  loss: number;
  /** Test accuracy after the last full epoch; `undefined` during the first. */
  accuracy: number | undefined;
}

/** Losses over time. */
interface Curve {
  /** When each loss was measured, in epochs. */
  epochs: number[];
  losses: number[];
}

/** What came of a run. */
export interface TrainResult {
  /** Mean training loss of every few steps. */
  trainCurve: Curve;
  /** Test loss after every epoch. */
  testCurve: Curve;
  /** How well the model does on the test part after the last step. */
  evaluation: Evaluation;
  /** Epochs done, with fractions. */
  epochs: number;
  /** Whether the signal ended the run before its last step. */
  interrupted: boolean;
}

/** Trains `model` in place on `data.train`, measuring it on `data.test` after every epoch. */
export async function train(
  model: Classifier,
  data: DigitsSplit,
  { epochs, seed, batchSize = 100, learningRate = 3e-3, signal, onProgress }: TrainOptions,
): Promise<TrainResult> {
  const stepsPerEpoch = Math.floor(data.train.labels.size / batchSize);
  const steps = epochs * stepsPerEpoch;
  const schedule = cosineDecaySchedule(learningRate, steps);
  using optimizer = new Optimizer(model, adamw(schedule, { weightDecay: 1e-2 }), { wrt: Param });
  using rngs = new Rngs(seed);
  const trainModel = inModes(model, { deterministic: false, useRunningAverage: false });
  const evalModel = inModes(model, { deterministic: true, useRunningAverage: true });

  const trainCurve: Curve = { epochs: [], losses: [] };
  const testCurve: Curve = { epochs: [], losses: [] };
  const unread: tf.Tensor[] = [];
  let evaluation: Evaluation | undefined;
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (signal?.aborted) break;
    for await (const { images, labels } of trainingBatches(data.train, batchSize, rngs)) {
      unread.push(trainStep(trainModel, optimizer, images, labels));
      step++;
      // Without a pause no signal would ever arrive: a step never waits for anything.
      await tf.nextFrame();
      if (unread.length === STEPS_PER_READ || step % stepsPerEpoch === 0 || signal?.aborted) {
        const loss = await takeMean(unread);
        record(trainCurve, step / stepsPerEpoch, loss);
        onProgress?.({ step, steps, loss, accuracy: evaluation?.accuracy });
      }
      if (signal?.aborted) break;
    }
    evaluation = await evaluate(evalModel, data.test);
    record(testCurve, step / stepsPerEpoch, evaluation.loss);
  }
  evaluation ??= await evaluate(evalModel, data.test);
  return { trainCurve, testCurve, evaluation, epochs: step / stepsPerEpoch, interrupted: step < steps };
}

/** A view of a model whose class, and with it its modes, are not known here: they are checked at run time. */
function inModes(model: Module, modes: { deterministic: boolean; useRunningAverage: boolean }): Classifier {
  return view(model, modes) as Classifier;
}

/** The loss is read every so many steps: a read makes the program wait for the device. */
const STEPS_PER_READ = 10;

/** The mean of the scalars in `losses`, which are freed and taken out. */
async function takeMean(losses: tf.Tensor[]): Promise<number> {
  using mean = tf.tidy(() => tf.mean(tf.stack(losses)));
  tf.dispose(losses.splice(0));
  return (await mean.data())[0]!;
}

function record(curve: Curve, epoch: number, loss: number): void {
  curve.epochs.push(epoch);
  curve.losses.push(loss);
}
