/** @file The run of the example from the choice of the backend to the chart. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { loadDigits } from "../digits/data.ts";
import { lineChart, type Series } from "../plot/line-chart.ts";
import { writeChart } from "../plot/write-chart.ts";
import { PrivateClassifier, trainPrivately } from "./train.ts";

const NOISES = [0, 0.6, 2];

/** Trains with more and more noise; prints the accuracies and writes a chart. */
export async function runPrivate({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  const digits = await loadDigits({ train: 9000, test: 1000, seed });
  const series: Series[] = [];
  for (const noise of NOISES) {
    using rngs = new Rngs(seed);
    using model = new PrivateClassifier({ rngs });
    const accuracies = await trainPrivately(model, digits, { epochs, seed, noise });
    const percent = accuracies.map((share) => 100 * share);
    series.push({ name: `noise ${noise}`, x: percent.map((_, epoch) => epoch), values: percent });
    console.log(
      `Gradients of single pictures clipped to 1, noise ${noise}: ${percent.at(-1)!.toFixed(1)} % right`,
    );
  }
  tf.dispose(digits);
  const chart = lineChart(series, {
    title: "What privacy costs: clipped gradients with noise",
    xLabel: "epoch",
    yLabel: "test accuracy in %",
  });
  const { svg, png } = await writeChart("dp-sgd", chart, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}
