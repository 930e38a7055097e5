/** @file Trains a digit classifier: shuffled batches, a train and an eval view, checkpoints. */
import { Checkpointer, saveModel } from "@nnx-js/checkpoint";
import { type Module, Param, Rngs } from "@nnx-js/nn";
import { adamw, cosineDecaySchedule, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { fit, type FitOptions, type FitProgress, type FitResult } from "../training/fit.ts";
import { type ResumeOptions, resumed, skipPasses } from "../training/resume.ts";
import { KEYS_PER_PASS, trainingBatches } from "./batches.ts";
import type { Classifier } from "./classifier.ts";
import type { DigitsSplit } from "./data.ts";
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
  /** A folder: every epoch is saved there, and the run goes on from the last one that is there. */
  checkpoint?: string | undefined;
  /** Told how many epochs were restored, if any. */
  onRestored?: ((epochs: number) => void) | undefined;
}

/** How far a run is. */
export type TrainProgress = FitProgress<Evaluation>;

/** What came of a run. */
export type TrainResult = FitResult<Evaluation>;

/** Trains `model` in place on `data.train`, measuring it on `data.test` after every epoch. */
export async function train(
  model: Classifier,
  data: DigitsSplit,
  options: TrainOptions,
): Promise<TrainResult> {
  const { seed, batchSize = 100, learningRate = 3e-3, compiled = true } = options;
  const { checkpoint, onRestored, load, save, ...fitOptions } = options;
  const stepsPerEpoch = Math.floor(data.train.labels.size / batchSize);
  const schedule = cosineDecaySchedule(learningRate, options.epochs * stepsPerEpoch);
  using optimizer = new Optimizer(model, adamw(schedule, { weightDecay: 1e-2 }), { wrt: Param });
  using rngs = new Rngs(seed);
  const trainModel = inModes(model, { deterministic: false, useRunningAverage: false });
  const evalModel = inModes(model, { deterministic: true, useRunningAverage: true });
  const state = { model, optimizer, rngs };
  await using checkpointer = checkpoint === undefined ? undefined : new Checkpointer(checkpoint, KEPT);
  const restored = await checkpointer?.restore(state);
  if (restored) {
    const { seed: saved } = restored.metadata;
    // Another one divides the digits otherwise: some of the test part would have been learned.
    if (saved !== String(seed)) {
      throw new RangeError(`${checkpoint} holds a run of seed ${saved}, not ${seed}. Choose another folder.`);
    }
    onRestored?.(restored.step);
  }
  let start = (restored?.step ?? 0) * stepsPerEpoch;
  if (load !== undefined) {
    start = await resumed({ model, optimizer }, load);
    skipPasses(rngs, Math.floor(start / stepsPerEpoch), KEYS_PER_PASS);
  }
  const step = compiled ? trainStep : plainTrainStep;
  const result = await fit({
    ...fitOptions,
    start,
    // Written while the next epoch goes on.
    onEpoch: async (epoch, { loss, accuracy }) => {
      await checkpointer?.save(epoch, state, {
        metrics: { loss, accuracy },
        metadata: { seed: String(seed) },
      });
    },
    stepsPerEpoch,
    batches: (from) => trainingBatches(data.train, batchSize, rngs, from),
    trainStep: ({ images, labels }) => tf.tidy(() => step(trainModel, optimizer, images, labels)),
    evaluate: () => evaluate(evalModel, data.test),
  });
  if (save !== undefined) await saveModel({ model, optimizer }, save);
  return result;
}

/** The last epochs stay, and the one that does best on the test part. */
const KEPT = { keep: 2, best: { metric: "loss", mode: "min" } } as const;

/** A view of a model whose class, and with it its modes, are not known here: they are checked at run time. */
function inModes(model: Module, modes: { deterministic: boolean; useRunningAverage: boolean }): Classifier {
  return view(model, modes) as Classifier;
}
