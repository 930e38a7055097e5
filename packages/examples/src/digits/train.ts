/** @file Trains a digit classifier: shuffled batches, a train and an eval view, checkpoints. */
import { type Module, Param, Rngs } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import { fit, type FitOptions, type FitProgress, type FitResult } from "../training/fit.ts";
import { resumable, type ResumeOptions } from "../training/resume.ts";
import { trainingBatches } from "./batches.ts";
import type { Classifier } from "./classifier.ts";
import type { DigitsSplit } from "./split.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { plainTrainStep, trainStep } from "./step.ts";

/** What a training run needs to know. */
export interface TrainOptions extends FitOptions<Evaluation>, ResumeOptions {
  /** The integer that order and moves of the pictures come from. */
  seed: number;
  /** Pictures in a batch, 100 unless given. */
  batchSize?: number | undefined;
  /** Of AdamW, at the first step: it falls to 0 along a cosine. 3e-3 unless given. */
  learningRate?: number | undefined;
  /** Whether steps are compiled; `true` unless given. */
  compiled?: boolean | undefined;
}

/** How far a run is. */
export type TrainProgress = FitProgress<Evaluation>;

/** What came of a run. */
export type TrainResult = FitResult<Evaluation>;

/** Trains `model` in place on `pictures.train`, measuring it on `pictures.test` after every epoch. */
export async function train(
  model: Classifier,
  pictures: DigitsSplit,
  options: TrainOptions,
): Promise<TrainResult> {
  const { seed, epochs, batchSize = 100, learningRate = 3e-3, compiled = true } = options;
  using rngs = new Rngs(seed);
  using data = trainingBatches(pictures.train, { batchSize, rngs, epochs });
  const schedule = cosineDecaySchedule(learningRate, data.steps);
  using optimizer = new Optimizer(model, adamw(schedule, { weightDecay: 1e-2 }), { wrt: Param });
  const trainModel = inModes(model, { deterministic: false, useRunningAverage: false });
  const evalModel = inModes(model, { deterministic: true, useRunningAverage: true });
  const step = compiled ? trainStep : plainTrainStep;
  const state = { model, optimizer, data };
  return await resumable(state, options, seed, (saving) =>
    fit({
      ...options,
      ...saving,
      data,
      state,
      step: ({ images, labels }) => step(trainModel, optimizer, images, labels),
      evaluate: () => evaluate(evalModel, pictures.test),
    }),
  );
}

/** A view of a model whose class, and with it its modes, are not known here: they are checked at run time. */
function inModes(model: Module, modes: { deterministic: boolean; useRunningAverage: boolean }): Classifier {
  return view(model, modes) as Classifier;
}
