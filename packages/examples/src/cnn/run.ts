/** @file The run of the cnn example. */
import type { CommandOptions } from "../command-line.ts";
import { runClassifier } from "../digits/run-classifier.ts";
import { CNN } from "./model.ts";

/** Trains the convolutional network; prints what came of it and writes charts. */
export async function runCnn(options: CommandOptions): Promise<void> {
  await runClassifier(
    { name: "cnn", create: ({ rngs }) => new CNN({ rngs }), batchSize: 32, learningRate: 2e-3 },
    options,
  );
}
