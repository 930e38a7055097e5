/** @file Trains the adapters of a frozen classifier, and nothing else. */
import { All, LoRAParam, Not, Param, Rngs, select } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { history, train } from "@nnx-js/train";
import type { WatchOptions } from "../command-line/interrupt.ts";
import { trainingBatches } from "../digits/batches.ts";
import type { DigitsSplit } from "../digits/split.ts";
import { evaluate } from "../digits/evaluate.ts";
import type { DigitClassifier } from "../digits/model.ts";
import { trainStep } from "../digits/step.ts";

/** What a run needs to know. */
export interface AdaptOptions extends WatchOptions {
  /** Passes over the training part. */
  epochs: number;
  /** The integer that the order of the pictures comes from. */
  seed: number;
  /** Pictures in a batch, 100 unless given. */
  batchSize?: number | undefined;
}

/** What came of a run. */
export interface AdaptResult {
  /** Test accuracy before the first epoch, after each, and after the last step. */
  accuracies: number[];
  /** When each of them was measured, in epochs. */
  epochs: number[];
  /** Whether the signal ended the run before its last step. */
  interrupted: boolean;
}

/**
 * Freezes all parameters of `model` but the `LoRAParam`s, which are trained in place on `pictures.train`; measures it
 * on `pictures.test` after every epoch.
 */
export async function adapt(
  model: DigitClassifier,
  pictures: DigitsSplit,
  { seed, epochs, batchSize = 100, signal, watch = [] }: AdaptOptions,
): Promise<AdaptResult> {
  select(model)
    .where(All(Param, Not(LoRAParam)))
    .freeze();
  using optimizer = new Optimizer(model, adam(LEARNING_RATE), { wrt: Param });
  using rngs = new Rngs(seed);
  const before = await evaluate(model, pictures.test);
  using data = trainingBatches(pictures.train, { batchSize, rngs, epochs });
  const curves = history<"loss", "loss" | "accuracy">();
  const end = await train({
    data,
    state: { model, optimizer, data },
    step: ({ images, labels }) => trainStep(model, optimizer, images, labels),
    evaluate: { run: () => evaluate(model, pictures.test), atEnd: true },
    log: 10,
    signal,
    watch: [curves, ...watch],
  }).run();
  const after = curves.evaluations("accuracy");
  return {
    accuracies: [before.accuracy, ...after.values],
    epochs: [0, ...after.epochs],
    interrupted: end.step < data.steps,
  };
}

const LEARNING_RATE = 3e-3;
