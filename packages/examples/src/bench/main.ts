/** @file Compares the guide's training step with plain TensorFlow.js and with its layers package. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { cpus } from "node:os";
import { GUIDE, setUpGuide } from "../guide/training.ts";
import { type Contender, weightsOf } from "./contender.ts";
import { handWritten } from "./hand-written.ts";
import { tfjsLayers } from "./layers.ts";
import { type Candidate, measure, type Measurement } from "./measure.ts";
import { nnx, nnxJit } from "./nnx.ts";

const OPTIONS = { rounds: 60, runs: 20, warmUp: 50 };

/** Times the steps on the active backend; the hand-written one comes first and is what ratios refer to. */
async function compareSteps(): Promise<Measurement[]> {
  const { batchSize, dropoutRate, lr } = GUIDE;
  const { model, x, y } = setUpGuide();
  const [batchX, batchY] = [tf.slice(x, 0, batchSize), tf.slice(y, 0, batchSize)];
  const contenders = [handWritten, nnxJit, nnx, tfjsLayers].map((make) =>
    make(weightsOf(model), dropoutRate, lr),
  );
  const candidate = (contender: Contender): Candidate => ({
    name: contender.name,
    run: () => contender.step(batchX, batchY),
    finish: () => contender.weights().kernel1.data(),
  });
  return measure(contenders.map(candidate), OPTIONS);
}

function table(measurements: readonly Measurement[]): string {
  const width = Math.max(...measurements.map(({ name }) => name.length));
  const row = (name: string, time: string, ratio: string) =>
    `${name.padEnd(width)}  ${time.padStart(8)}  ${ratio.padStart(6)}`;
  return [
    row("", "ms/step", "ratio"),
    ...measurements.map(({ name, milliseconds, ratio }) =>
      row(name, milliseconds.toFixed(3), ratio.toFixed(2)),
    ),
  ].join("\n");
}

const [backend = "wasm"] = process.argv.slice(2);
tf.enableProdMode(); // The cpu backend advertises another package otherwise.
await useBackend(backend);
const [processor] = cpus();
console.log(
  `The guide's training step on ${tf.getBackend()}.\n` +
    `Node ${process.version}, ${cpus().length} cores, ${processor?.model ?? "unknown processor"}\n`,
);
console.log(table(await compareSteps()));
