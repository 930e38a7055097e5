/** @file Learns to read handwritten digits: `node dist/digits/main.js --help` tells the options. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { type CommandOptions, runCommand } from "../command-line.ts";
import { startProgress } from "../progress.ts";
import { confusionMatrix } from "./confusion.ts";
import { CLASSES, loadDigits } from "./data.ts";
import { DigitClassifier } from "./model.ts";
import { summarise, writeCharts } from "./summary.ts";
import { train, type TrainProgress } from "./train.ts";

async function main({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  console.log(
    `Training on ${tf.getBackend()}. Ctrl-C stops after the current step and keeps what was learned.`,
  );
  const data = await loadDigits({ train: 9000, test: 1000, seed });
  const model = new DigitClassifier({ rngs: new Rngs(seed) });

  const interrupt = new AbortController();
  // Only the first Ctrl-C is caught: the second quits at once.
  process.once("SIGINT", () => interrupt.abort());
  const progress = startProgress("steps");
  const onProgress = ({ step, steps, loss, accuracy }: TrainProgress) => {
    const test = accuracy === undefined ? "" : `, test accuracy ${(100 * accuracy).toFixed(1)} %`;
    progress.update(step, steps, `loss ${loss.toFixed(3)}${test}`);
  };
  const result = await train(model, data, { epochs, seed, signal: interrupt.signal, onProgress });
  progress.stop();

  const labels = await data.test.labels.data();
  const confusion = confusionMatrix(labels, result.evaluation.predictions, CLASSES);
  console.log(summarise(result, confusion));
  for (const { svg, png } of await writeCharts(result, confusion, out))
    console.log(`Wrote ${svg}\nWrote ${png}`);
}

await runCommand(
  {
    name: "node packages/examples/dist/digits/main.js",
    summary: "Trains a digit classifier on 9 000 pictures, tests it on 1 000.",
    epochs: 15,
  },
  main,
);
