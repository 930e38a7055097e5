/** @file Trains the transformer: shuffled batches, a train and an eval view. */
import { jit } from "@nnx-js/jit";
import { Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { history, type HistoryCurve, loader, train as trainLoop } from "@nnx-js/train";
import { view } from "@nnx-js/view";
import type * as tf from "@tensorflow/tfjs-core";
import type { WatchOptions } from "../command-line/interrupt.ts";
import { savedRun, type SavedRunOptions } from "../command-line/saved-run.ts";
import type { Names, NamesSplit } from "./split.ts";
import { namesLoss } from "./loss.ts";
import type { CharTransformer } from "./model.ts";

/** How well a model does on names that it has not learned. */
interface Evaluation {
  /** In nats a character. */
  loss: number;
}

/** What a training run needs to know. */
export interface TrainOptions extends WatchOptions, SavedRunOptions {
  /** Passes over the training part, those before the run included. */
  epochs: number;
  /** The number of steps after which the run ends, those before it included; all unless given. */
  until?: number | undefined;
  /** The integer that the order of the names comes from. */
  seed: number;
  /** Names in a batch, 64 unless given. */
  batchSize?: number | undefined;
  /** Whether steps are compiled; `true` unless given. */
  compiled?: boolean | undefined;
}

/** What came of a run. */
export interface TrainResult {
  /** Mean training loss of every few steps. */
  trainCurve: HistoryCurve;
  /** Test loss after every epoch, and after the last step. */
  testCurve: HistoryCurve;
  /** The test after the last step. */
  test: Evaluation;
  /** Epochs done, with fractions, those before the run included. */
  epochs: number;
  /** Whether the run ended before its last step. */
  interrupted: boolean;
}

/** Trains `model` in place on `names.train`, measuring it on `names.test` after every epoch. */
export async function train(
  model: CharTransformer,
  names: NamesSplit,
  options: TrainOptions,
): Promise<TrainResult> {
  const { seed, epochs, batchSize = 64, compiled = true, until, signal, watch = [] } = options;
  using rngs = new Rngs(seed);
  using data = loader(names.train, { batchSize, shuffle: rngs, dropLast: true, epochs });
  const schedule = cosineDecaySchedule(LEARNING_RATE, data.steps);
  using optimizer = new Optimizer(model, adamw(schedule, { weightDecay: 1e-2 }), { wrt: Param });
  const trainModel = view(model, { deterministic: false });
  const evalModel = view(model, { deterministic: true });
  const step = compiled ? trainStep : plainTrainStep;
  const state = { model, optimizer, data };
  const curves = history<"loss", "loss">();
  const end = await savedRun(state, options, seed, (saving) =>
    trainLoop({
      ...saving,
      data,
      state,
      step: (names) => step(trainModel, optimizer, names),
      evaluate: { run: () => evaluate(evalModel, names.test), atEnd: true },
      steps: until,
      log: 10,
      signal,
      watch: [curves, ...watch],
    }).run(),
  );
  return {
    trainCurve: curves.logs("loss"),
    testCurve: curves.evaluations("loss"),
    test: end.metrics,
    epochs: end.step / data.stepsPerEpoch,
    interrupted: end.step < data.steps,
  };
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
