/** @file Trains a digit classifier: shuffled batches, a train and an eval view, checkpoints. */
import { type Module, Param, Rngs } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { history, type HistoryCurve, train as trainLoop } from "@nnx-js/train";
import { view } from "@nnx-js/view";
import type { WatchOptions } from "../command-line/interrupt.ts";
import { savedRun, type SavedRunOptions } from "../command-line/saved-run.ts";
import { trainingBatches } from "./batches.ts";
import type { Classifier } from "./classifier.ts";
import type { DigitsSplit } from "./split.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { plainTrainStep, trainStep } from "./step.ts";

/** What a training run needs to know. */
export interface TrainOptions extends WatchOptions, SavedRunOptions {
  /** Passes over the training part, those before the run included. */
  epochs: number;
  /** The number of steps after which the run ends, those before it included; all unless given. */
  until?: number | undefined;
  /** The integer that order and moves of the pictures come from. */
  seed: number;
  /** Pictures in a batch, 100 unless given. */
  batchSize?: number | undefined;
  /** Of AdamW, at the first step: it falls to 0 along a cosine. 3e-3 unless given. */
  learningRate?: number | undefined;
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

/** Trains `model` in place on `pictures.train`, measuring it on `pictures.test` after every epoch. */
export async function train(
  model: Classifier,
  pictures: DigitsSplit,
  options: TrainOptions,
): Promise<TrainResult> {
  const {
    seed,
    epochs,
    batchSize = 100,
    learningRate = 3e-3,
    compiled = true,
    until,
    signal,
    watch = [],
  } = options;
  using rngs = new Rngs(seed);
  using data = trainingBatches(pictures.train, { batchSize, rngs, epochs });
  const schedule = cosineDecaySchedule(learningRate, data.steps);
  using optimizer = new Optimizer(model, adamw(schedule, { weightDecay: 1e-2 }), { wrt: Param });
  const trainModel = inModes(model, { deterministic: false, useRunningAverage: false });
  const evalModel = inModes(model, { deterministic: true, useRunningAverage: true });
  const step = compiled ? trainStep : plainTrainStep;
  const state = { model, optimizer, data };
  const curves = history<"loss", "loss">();
  const end = await savedRun(state, options, seed, (saving) =>
    trainLoop({
      ...saving,
      data,
      state,
      step: ({ images, labels }) => step(trainModel, optimizer, images, labels),
      evaluate: { run: () => evaluate(evalModel, pictures.test), atEnd: true },
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

/** A view of a model whose class, and with it its modes, are not known here: they are checked at run time. */
function inModes(model: Module, modes: { deterministic: boolean; useRunningAverage: boolean }): Classifier {
  return view(model, modes) as Classifier;
}
