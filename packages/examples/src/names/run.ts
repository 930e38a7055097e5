/** @file The run of the names example from the choice of the backend to the chart. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { startProgress } from "../progress.ts";
import { bigramLoss } from "./bigram.ts";
import { loadNames } from "./data.ts";
import { CharTransformer } from "./model.ts";
import { sampleNames } from "./sample.ts";
import { summarise, writeLossChart } from "./summary.ts";
import { train, type TrainProgress } from "./train.ts";

/** Trains on all names but 800, tests on those; prints what came of it and writes a chart, after Ctrl-C as well. */
export async function runNames({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  // Only the first Ctrl-C is caught: the second quits at once.
  process.once("SIGINT", stop);
  console.log(
    `Training on ${tf.getBackend()}. Ctrl-C stops after the current step and keeps what was learned.`,
  );

  const data = await loadNames({ test: 800, seed });
  const { vocabulary, length } = data;
  const bigram = await bigramLoss(data.train, data.test, vocabulary.length);
  using rngs = new Rngs(seed);
  using model = new CharTransformer({ vocabulary: vocabulary.length, length, rngs });
  const progress = startProgress("steps");
  const onProgress = ({ step, steps, loss, testLoss }: TrainProgress) => {
    const test = testLoss === undefined ? "" : `, test loss ${testLoss.toFixed(3)}`;
    progress.update(step, steps, `loss ${loss.toFixed(3)}${test}`);
  };
  const result = await train(model, data, { epochs, seed, signal: interrupt.signal, onProgress });
  progress.stop();
  process.off("SIGINT", stop);
  tf.dispose([data.train, data.test]);

  const samples = await sampleNames(model, { count: 12, length, vocabulary, rngs });
  console.log(summarise(result, { bigram, samples }));
  const { svg, png } = await writeLossChart(result, bigram, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}
