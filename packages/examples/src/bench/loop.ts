/** @file Times what the training loop costs beside one that is written by hand, on the guide's compiled step. */
import { loader, train } from "@nnx-js/train";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { GUIDE, setUpGuide, trainStep } from "../guide/training.ts";
import { type Candidate, measure, type Measurement, type MeasureOptions } from "./measure.ts";
import { aligned } from "./report.ts";

/** Measures steps by hand and by the loop; differences refer to the loop by hand. */
export async function compareLoops(options: MeasureOptions): Promise<Measurement[]> {
  const { rngs, x, y, model, optimizer } = setUpGuide();
  const { batchSize, ndata, inDim, outDim } = GUIDE;
  const trainModel = view(model, { deterministic: false });
  const step = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }): tf.Tensor =>
    trainStep(trainModel, optimizer, x, y, rngs);
  const byHand = (steps: number): void => {
    for (let i = 0; i < steps; i++) {
      const start = (i * batchSize) % ndata;
      using xb = tf.slice(x, [start, 0], [batchSize, inDim]);
      using yb = tf.slice(y, [start, 0], [batchSize, outDim]);
      using _loss = step({ x: xb, y: yb });
    }
  };
  const byLoop = async (steps: number, log: number | false, state?: object): Promise<void> => {
    using data = loader({ x, y }, { batchSize, dropLast: true, epochs: Infinity });
    for await (const _event of train({ data, step, steps, log, state }));
  };
  const candidates = [
    candidate("by hand", byHand),
    candidate("train, no log", (steps) => byLoop(steps, false)),
    candidate("train, a log every 64 steps", (steps) => byLoop(steps, 64)),
    candidate("the same, with a state", (steps) => byLoop(steps, 64, { model, optimizer, rngs })),
    candidate("train, a log every step", (steps) => byLoop(steps, 1)),
  ];
  const measurements = await measure(candidates, options);
  for (const part of [rngs, x, y, model, optimizer]) part.dispose();
  return measurements;
}

/** The table of all. */
export function describeLoops(measurements: readonly Measurement[]): string {
  const own = 1000 * measurements[0]!.milliseconds;
  const rows = measurements.map(({ name, ratio, rounds }) => [
    name,
    (own * ratio).toFixed(1),
    (own * (ratio - 1)).toFixed(1),
    String(rounds),
  ]);
  const head = ["", "us/step", "more", "rounds"];
  return [
    "loop: the guide's compiled step, batches of 32 out of 2048 rows",
    ...aligned([head, ...rows]),
  ].join("\n");
}

function candidate(name: string, run: (steps: number) => void | Promise<void>): Candidate {
  return {
    name,
    async time(runs) {
      const start = performance.now();
      await run(runs);
      return (performance.now() - start) / runs;
    },
  };
}
