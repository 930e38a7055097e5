/** @file The run of a digit classifier from the choice of the backend to the last chart. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { startProgress } from "../progress.ts";
import type { Classifier } from "./classifier.ts";
import { confusionMatrix } from "./confusion.ts";
import { CLASSES, loadDigits } from "./data.ts";
import { summarise, writeCharts } from "./summary.ts";
import { train, type TrainOptions, type TrainProgress } from "./train.ts";

/** An example that trains a classifier. */
export interface ClassifierRun extends Pick<TrainOptions, "batchSize" | "learningRate"> {
  /** What the names of its charts begin with. */
  name: string;
  /** Makes the model. */
  create: (options: { rngs: Rngs }) => Classifier;
}

/** Trains on 9 000 digits and tests on 1 000; prints what came of it and writes charts, after Ctrl-C as well. */
export async function runClassifier(
  { name, create, batchSize, learningRate }: ClassifierRun,
  { backend, epochs, seed, out }: CommandOptions,
): Promise<void> {
  await useBackend(backend);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  // Only the first Ctrl-C is caught: the second quits at once.
  process.once("SIGINT", stop);
  console.log(
    `Training on ${tf.getBackend()}. Ctrl-C stops after the current step and keeps what was learned.`,
  );

  const data = await loadDigits({ train: 9000, test: 1000, seed });
  using rngs = new Rngs(seed);
  using model = create({ rngs });
  const progress = startProgress("steps");
  const onProgress = ({ step, steps, loss, accuracy }: TrainProgress) => {
    const test = accuracy === undefined ? "" : `, test accuracy ${(100 * accuracy).toFixed(1)} %`;
    progress.update(step, steps, `loss ${loss.toFixed(3)}${test}`);
  };
  const { signal } = interrupt;
  const result = await train(model, data, { epochs, seed, batchSize, learningRate, signal, onProgress });
  progress.stop();
  process.off("SIGINT", stop);

  const labels = await data.test.labels.data();
  tf.dispose(data);
  const confusion = confusionMatrix(labels, result.evaluation.predictions, CLASSES);
  console.log(summarise(result, confusion));
  for (const { svg, png } of await writeCharts(result, confusion, { name, folder: out })) {
    console.log(`Wrote ${svg}\nWrote ${png}`);
  }
}
