/** @file Trains the transformer: shuffled batches, a train and an eval view, an early stop. */
import { jit } from "@nnx-js/jit";
import { Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";

import { nameBatches } from "./batches.ts";
import type { Names, NamesSplit } from "./data.ts";
import { namesLoss } from "./loss.ts";
import type { CharTransformer } from "./model.ts";

/** What a training run needs to know. */
export interface TrainOptions {
  /** Passes over the training part. */
  epochs: number;
  /** The integer that the order of the names comes from. */
  seed: number;
  /** Names in a batch, 64 unless given. */
  batchSize?: number | undefined;
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
  /** Test loss after the last full epoch; `undefined` during the first. */
  testLoss: number | undefined;
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
  /** Test loss after the last step. */
  testLoss: number;
  /** Epochs done, with fractions. */
  epochs: number;
  /** Whether the signal ended the run before its last step. */
  interrupted: boolean;
}

/** Trains `model` in place on `data.train`, measuring it on `data.test` after every epoch. */
export async function train(
  model: CharTransformer,
  data: NamesSplit,
  { epochs, seed, batchSize = 64, signal, onProgress }: TrainOptions,
): Promise<TrainResult> {
  const stepsPerEpoch = Math.floor(data.train.lengths.size / batchSize);
  const steps = epochs * stepsPerEpoch;
  const learningRate = cosineDecaySchedule(LEARNING_RATE, steps);
  using optimizer = new Optimizer(model, adamw(learningRate, { weightDecay: 1e-2 }), { wrt: Param });
  using rngs = new Rngs(seed);
  const trainModel = view(model, { deterministic: false });
  const evalModel = view(model, { deterministic: true });

  const trainCurve: Curve = { epochs: [], losses: [] };
  const testCurve: Curve = { epochs: [], losses: [] };
  const unread: tf.Tensor[] = [];
  let testLoss: number | undefined;
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (signal?.aborted) break;
    for (const batch of nameBatches(data.train, batchSize, rngs)) {
      unread.push(trainStep(trainModel, optimizer, batch));
      step++;
      // Without a pause no signal would ever arrive: a step never waits for anything.
      await tf.nextFrame();
      if (unread.length === STEPS_PER_READ || step % stepsPerEpoch === 0 || signal?.aborted) {
        const loss = await takeMean(unread);
        record(trainCurve, step / stepsPerEpoch, loss);
        onProgress?.({ step, steps, loss, testLoss });
      }
      if (signal?.aborted) break;
    }
    testLoss = await evaluate(evalModel, data.test);
    record(testCurve, step / stepsPerEpoch, testLoss);
  }
  testLoss ??= await evaluate(evalModel, data.test);
  return { trainCurve, testCurve, testLoss, epochs: step / stepsPerEpoch, interrupted: step < steps };
}

const LEARNING_RATE = 4e-3;
/** The loss is read every so many steps: a read makes the program wait for the device. */
const STEPS_PER_READ = 10;

/** One step of the optimiser on the loss of a batch; returns the loss before the step. */
export function plainTrainStep(
  model: CharTransformer,
  optimizer: Optimizer<CharTransformer>,
  names: Names,
): tf.Tensor {
  const [loss, grads] = valueAndGrad((model: CharTransformer) => namesLoss(model, names))(model);
  optimizer.update(model, grads);
  return loss;
}

/** {@link plainTrainStep}, compiled. */
export const trainStep = jit(plainTrainStep, { name: "trainStep" });

const evalLoss = jit(namesLoss);

async function evaluate(evalModel: CharTransformer, names: Names): Promise<number> {
  using loss = evalLoss(evalModel, names);
  return (await loss.data())[0]!;
}

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
