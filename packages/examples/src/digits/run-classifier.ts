/** @file The run of a digit classifier from the choice of the backend to the last chart. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { untilInterrupted } from "../command-line/interrupt.ts";
import type { Classifier } from "./classifier.ts";
import { confusionMatrix } from "./confusion.ts";
import { loadDigits } from "./data.ts";
import { CLASSES } from "./split.ts";
import { summarise, writeCharts } from "./summary.ts";
import { train, type TrainOptions } from "./train.ts";

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
  { backend, epochs, seed, out, checkpoint, resume, steps, load, save }: CommandOptions,
): Promise<void> {
  await useBackend(backend);
  const data = await loadDigits({ train: 9000, test: 1000, seed });
  using rngs = new Rngs(seed);
  using model = create({ rngs });
  const result = await untilInterrupted((watching) => {
    const onRestored = (steps: number) => console.log(`Going on after step ${steps}, from ${checkpoint}.`);
    const options = { epochs, seed, batchSize, learningRate, ...watching, until: steps };
    return train(model, data, { ...options, checkpoint, resume, onRestored, load, save });
  });

  const labels = await data.test.labels.data();
  tf.dispose(data);
  const confusion = confusionMatrix(labels, result.test.predictions, CLASSES);
  console.log(summarise(result, confusion));
  for (const { svg, png } of await writeCharts(result, confusion, { name, folder: out })) {
    console.log(`Wrote ${svg}\nWrote ${png}`);
  }
}
