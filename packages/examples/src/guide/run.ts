/** @file The run of the guide's training from the choice of the backend to the chart. */
import { display } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import { viewInfo } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { lineChart } from "../plot/line-chart.ts";
import { writeChart } from "../plot/write-chart.ts";
import { setUpGuide, trainGuide } from "./training.ts";

/** Shows the model and its modes, trains it, and writes its eval curve. */
export async function runGuide({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  const setup = setUpGuide(seed);
  console.log(`${viewInfo(setup.model)}\n`);
  display(setup.model);

  console.log(`\nTraining on ${tf.getBackend()}, seed ${seed}`);
  const onEpoch = (epoch: number, loss: number) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\repoch ${epoch}/${epochs}, eval loss ${loss.toFixed(4)} `);
  };
  const evalResults = await trainGuide(setup, { epochs, onEpoch });
  if (process.stderr.isTTY) process.stderr.write("\n");
  for (const part of Object.values(setup)) part.dispose();
  const [first = NaN, last = NaN] = [evalResults[0], evalResults.at(-1)];
  console.log(`Eval loss: ${first.toFixed(4)} after epoch 1, ${last.toFixed(4)} after epoch ${epochs}`);

  const chart = lineChart([{ name: "eval loss", values: evalResults }], {
    title: `Eval loss of the guide's model (${tf.getBackend()}, seed ${seed})`,
    xLabel: "epoch",
    yLabel: "mean squared error",
  });
  const { svg, png } = await writeChart("guide-eval-loss", chart, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}
