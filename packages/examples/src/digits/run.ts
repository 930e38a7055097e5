/** @file The run of the digits example. */
import type { CommandOptions } from "../command-line.ts";
import { DigitClassifier } from "./model.ts";
import { runClassifier } from "./run-classifier.ts";

/** Trains the perceptron; prints what came of it and writes charts. */
export async function runDigits(options: CommandOptions): Promise<void> {
  await runClassifier({ name: "digits", create: ({ rngs }) => new DigitClassifier({ rngs }) }, options);
}
