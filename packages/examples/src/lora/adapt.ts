/** @file Trains the adapters of a frozen classifier, and nothing else. */
import { All, LoRAParam, Not, Param, Rngs, select } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { trainingBatches } from "../digits/batches.ts";
import type { DigitsSplit } from "../digits/split.ts";
import { evaluate, type Evaluation } from "../digits/evaluate.ts";
import type { DigitClassifier } from "../digits/model.ts";
import { trainStep } from "../digits/step.ts";
import { fit, type FitOptions, type FitProgress } from "../training/fit.ts";

/** What a run needs to know. */
export interface AdaptOptions extends FitOptions<Evaluation> {
  /** The integer that the order of the pictures comes from. */
  seed: number;
  /** Pictures in a batch, 100 unless given. */
  batchSize?: number | undefined;
}

/** How far a run is. */
export type AdaptProgress = FitProgress<Evaluation>;

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
 * Freezes all parameters of `model` but the `LoRAParam`s, which are trained in place on `pictures.train`; measures it
 * on `pictures.test` after every epoch.
 */
export async function adapt(
  model: DigitClassifier,
  pictures: DigitsSplit,
  { seed, batchSize = 100, ...options }: AdaptOptions,
): Promise<AdaptResult> {
  select(model)
    .where(All(Param, Not(LoRAParam)))
    .freeze();
  using optimizer = new Optimizer(model, adam(LEARNING_RATE), { wrt: Param });
  using rngs = new Rngs(seed);
  const accuracies: number[] = [];
  const measure = async () => {
    const test = await evaluate(model, pictures.test);
    accuracies.push(test.accuracy);
    return test;
  };
  await measure();
  using data = trainingBatches(pictures.train, { batchSize, rngs, epochs: options.epochs });
  const { testCurve, interrupted } = await fit({
    ...options,
    data,
    state: { model, optimizer, data },
    step: ({ images, labels }) => trainStep(model, optimizer, images, labels),
    evaluate: measure,
  });
  return { accuracies, epochs: [0, ...testCurve.epochs], interrupted };
}

const LEARNING_RATE = 3e-3;
