/** @file The run of the ensemble from the choice of the backend to the chart. */
import { Rngs, softmax } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { loadDigits } from "../digits/data.ts";
import { lineChart } from "../plot/line-chart.ts";
import { writeChart } from "../plot/write-chart.ts";
import { type Calibration, calibrationOf } from "./calibration.ts";
import { Ensemble, MODELS, trainEnsemble } from "./train.ts";

/** Trains eight models at once; prints how right and how sure they are, alone and together, and writes a chart. */
export async function runEnsemble({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  const { train, test } = await loadDigits({ train: 9000, test: 1000, seed });
  using rngs = new Rngs(seed);
  using models = new Ensemble({ rngs });
  const start = performance.now();
  await trainEnsemble(models, train, { epochs, seed });
  const seconds = (performance.now() - start) / 1000;

  const evalModels = view(models, { deterministic: true, useRunningAverage: true });
  const [each, together] = tf.tidy(() => {
    const probabilities = softmax(evalModels.forward(test.images));
    return [probabilities, tf.mean(probabilities, 0)] as [tf.Tensor, tf.Tensor];
  });
  const labels = await test.labels.data();
  const size = labels.length * 10;
  const all = await each.data();
  const alone = Array.from({ length: MODELS }, (_, i) =>
    calibrationOf(all.slice(i * size, (i + 1) * size), labels),
  );
  const ensemble = calibrationOf(await together.data(), labels);
  tf.dispose([train, test, each, together]);

  console.log(`${MODELS} models trained at once, ${epochs} epochs in ${seconds.toFixed(1)} s`);
  console.log(`One alone:    ${describe(meanOf(alone))}`);
  console.log(`All together: ${describe(ensemble)}`);
  const series = [
    { name: "perfect", x: [0, 1], values: [0, 1] },
    { name: "one model", ...reliability(alone[0]!) },
    { name: "ensemble", ...reliability(ensemble) },
  ];
  const chart = lineChart(series, {
    title: "How often an answer is right that the model is so sure of",
    xLabel: "probability of the answer",
    yLabel: "share that is right",
  });
  const { svg, png } = await writeChart("ensemble-calibration", chart, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}

function reliability({ bins }: Calibration): { x: number[]; values: number[] } {
  const filled = bins.filter(({ count }) => count > 0);
  return { x: filled.map(({ confidence }) => confidence), values: filled.map(({ accuracy }) => accuracy) };
}

function meanOf(all: readonly Calibration[]): Omit<Calibration, "bins"> {
  const mean = (of: (one: Calibration) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  return { accuracy: mean(({ accuracy }) => accuracy), error: mean(({ error }) => error) };
}

function describe({ accuracy, error }: Omit<Calibration, "bins">): string {
  return `${(100 * accuracy).toFixed(1)} % right, calibration error ${(100 * error).toFixed(1)} %`;
}
