/** @file The run of the names example from the choice of the backend to the chart. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { untilInterrupted } from "../command-line/interrupt.ts";
import { bigramLoss } from "./bigram.ts";
import { loadNames } from "./data.ts";
import { CharTransformer } from "./model.ts";
import { sampleNames } from "./sample.ts";
import { summarise, writeLossChart } from "./summary.ts";
import { train } from "./train.ts";

/** Trains on all names but 800, tests on those; prints what came of it and writes a chart, after Ctrl-C as well. */
export async function runNames({
  backend,
  epochs,
  seed,
  out,
  checkpoint,
  resume,
  steps,
  load,
  save,
}: CommandOptions): Promise<void> {
  await useBackend(backend);
  const data = await loadNames({ test: 800, seed });
  const { vocabulary, length } = data;
  const bigram = await bigramLoss(data.train, data.test, vocabulary.length);
  using rngs = new Rngs(seed);
  using model = new CharTransformer({ vocabulary: vocabulary.length, length, rngs });
  const result = await untilInterrupted((watching) => {
    const onRestored = (steps: number) => console.log(`Going on after step ${steps}, from ${checkpoint}.`);
    const options = { epochs, seed, until: steps, ...watching };
    return train(model, data, { ...options, checkpoint, resume, onRestored, load, save });
  });
  tf.dispose([data.train, data.test]);

  const samples = await sampleNames(model, { count: 12, length, vocabulary, rngs });
  console.log(summarise(result, { bigram, samples }));
  const { svg, png } = await writeLossChart(result, bigram, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}
