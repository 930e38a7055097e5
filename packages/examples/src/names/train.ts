/** @file Trains the transformer: shuffled batches, a train and an eval view. */
import { saveModel } from "@nnx-js/checkpoint";
import { jit } from "@nnx-js/jit";
import { Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { fit, type FitOptions, type FitProgress, type FitResult } from "../training/fit.ts";
import { type ResumeOptions, resumed, skipPasses } from "../training/resume.ts";
import { nameBatches } from "./batches.ts";
import type { Names, NamesSplit } from "./data.ts";
import { namesLoss } from "./loss.ts";
import type { CharTransformer } from "./model.ts";

/** How well a model does on names that it has not learned. */
interface Evaluation {
  /** In nats a character. */
  loss: number;
}

/** What a training run needs to know. */
export interface TrainOptions extends Omit<FitOptions<Evaluation>, "start">, ResumeOptions {
  /** The integer that the order of the names comes from. */
  seed: number;
  /** Names in a batch, 64 unless given. */
  batchSize?: number | undefined;
  /** Whether steps are compiled; `true` unless given. */
  compiled?: boolean | undefined;
}

/** How far a run is. */
export type TrainProgress = FitProgress<Evaluation>;

/** What came of a run. */
export type TrainResult = FitResult<Evaluation>;

/** Trains `model` in place on `data.train`, measuring it on `data.test` after every epoch. */
export async function train(
  model: CharTransformer,
  data: NamesSplit,
  { seed, batchSize = 64, compiled = true, load, save, ...options }: TrainOptions,
): Promise<TrainResult> {
  const stepsPerEpoch = Math.floor(data.train.lengths.size / batchSize);
  const learningRate = cosineDecaySchedule(LEARNING_RATE, options.epochs * stepsPerEpoch);
  using optimizer = new Optimizer(model, adamw(learningRate, { weightDecay: 1e-2 }), { wrt: Param });
  const training = { model, optimizer };
  const start = load === undefined ? 0 : await resumed(training, load);
  using rngs = new Rngs(seed);
  skipPasses(rngs, Math.floor(start / stepsPerEpoch), 1);
  const trainModel = view(model, { deterministic: false });
  const evalModel = view(model, { deterministic: true });
  const step = compiled ? trainStep : plainTrainStep;
  const result = await fit({
    ...options,
    start,
    stepsPerEpoch,
    batches: (from) => nameBatches(data.train, batchSize, rngs, from),
    trainStep: (names) => tf.tidy(() => step(trainModel, optimizer, names)),
    evaluate: () => evaluate(evalModel, data.test),
  });
  if (save !== undefined) await saveModel(training, save);
  return result;
}

const LEARNING_RATE = 4e-3;

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

async function evaluate(evalModel: CharTransformer, names: Names): Promise<Evaluation> {
  using loss = evalLoss(evalModel, names);
  return { loss: (await loss.data())[0]! };
}
