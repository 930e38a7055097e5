/** @file The run of the example from the choice of the backend to the chart. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { CommandOptions } from "../command-line.ts";
import { lineChart } from "../plot/line-chart.ts";
import { writeChart } from "../plot/write-chart.ts";
import { sinusoids } from "./tasks.ts";
import { type Inner, lossesAfter, Regressor, sizeOf, trainMaml } from "./train.ts";

const STEPS_OF_EPOCH = 500;
const INNER: Inner = { steps: 3, rate: 0.01 };
const TESTED = 10;

/** Learns to learn sinusoids; prints how fast new ones are learnt before and after, and writes a chart. */
export async function runMaml({ backend, epochs, seed, out }: CommandOptions): Promise<void> {
  await useBackend(backend);
  using rngs = new Rngs(seed);
  using model = new Regressor({ rngs });
  const unseen = sinusoids(new Rngs(seed + 1), 100);
  const curve = async (): Promise<number[]> => {
    const values = Array.from({ length: TESTED + 1 }, (_, steps) =>
      tf.tidy(() => tf.mean(lossesAfter(model, unseen, { ...INNER, steps }))),
    );
    const read = await Promise.all(values.map((value) => value.data()));
    tf.dispose(values);
    return read.map((value) => value[0]!);
  };
  const before = await curve();
  const start = performance.now();
  await trainMaml(model, rngs, { steps: epochs * STEPS_OF_EPOCH, inner: INNER });
  const seconds = (performance.now() - start) / 1000;
  const after = await curve();
  tf.dispose(unseen);

  console.log(
    `${epochs * STEPS_OF_EPOCH} steps of 25 tasks, ${sizeOf(model)} weights, in ${seconds.toFixed(1)} s`,
  );
  for (const [name, losses] of [
    ["random", before],
    ["learnt", after],
  ] as const) {
    const of = (steps: number) => losses[steps]!.toFixed(2);
    console.log(`From ${name} weights, loss on new sinusoids after 0, 1, 3, 10 steps: ${[0, 1, 3, 10].map(of).join(", ")}`); // prettier-ignore
  }
  const x = before.map((_, steps) => steps);
  const chart = lineChart(
    [
      { name: "from random weights", x, values: before },
      { name: "from learnt weights", x, values: after },
    ],
    { title: "New sinusoids, learnt from ten points", xLabel: "steps of gradient descent", yLabel: "mean squared error" }, // prettier-ignore
  );
  const { svg, png } = await writeChart("maml", chart, out);
  console.log(`Wrote ${svg}\nWrote ${png}`);
}
