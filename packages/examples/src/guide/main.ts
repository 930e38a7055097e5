/** @file Trains the guide's model and draws its eval curve: `node dist/guide/main.js --help` tells the options. */
import { display } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import { viewInfo } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { type CommandOptions, runCommand } from "../command-line.ts";
import { lineChart } from "../plot/line-chart.ts";
import { writeChart } from "../plot/write-chart.ts";
import { startProgress } from "../progress.ts";
import { GUIDE, setUpGuide, trainGuide } from "./training.ts";

async function main({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  const setup = setUpGuide(seed);
  console.log(`${viewInfo(setup.model)}\n`);
  display(setup.model);

  console.log(`\nTraining on ${tf.getBackend()}, seed ${seed}`);
  const progress = startProgress("epochs");
  const onEpoch = (epoch: number, loss: number) =>
    progress.update(epoch, epochs, `eval loss ${loss.toFixed(4)}`);
  const evalResults = await trainGuide(setup, { epochs, onEpoch });
  progress.stop();
  console.log(`Eval loss: ${evalResults[0]} after epoch 1, ${evalResults.at(-1)} after epoch ${epochs}`);

  const chart = lineChart([{ name: "eval loss", values: evalResults }], {
    title: `Eval loss of the guide's model (${tf.getBackend()}, seed ${seed})`,
    xLabel: "epoch",
    yLabel: "mean squared error",
  });
  const { svg, png } = await writeChart("guide-eval-loss", chart, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}

await runCommand(
  {
    name: "npm start --",
    summary: "Trains the model of the guide and draws how well it does.",
    epochs: GUIDE.totalEpochs,
  },
  main,
);
