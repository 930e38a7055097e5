/** @file Trains the digits or the names example in a process of its own, which kills itself after some step: see the test beside it. */
import { saveModel } from "@nnx-js/checkpoint";
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { writeSync } from "node:fs";
import { loadDigits } from "../../src/digits/data.ts";
import { DigitClassifier } from "../../src/digits/model.ts";
import { train as trainDigits } from "../../src/digits/train.ts";
import { loadNames } from "../../src/names/data.ts";
import { CharTransformer } from "../../src/names/model.ts";
import { train as trainNames } from "../../src/names/train.ts";
import { onLogs } from "../on-logs.ts";

const [example, backend, file, checkpoint, kill] = process.argv.slice(2) as [string, string, string, string, string]; // prettier-ignore
tf.enableProdMode();
await useBackend(backend);
const rngs = new Rngs(1);
let restored = 0;
const options = {
  epochs: 2,
  seed: 3,
  batchSize: 4,
  checkpoint: checkpoint === "none" ? undefined : checkpoint,
  // Written at once: what is still in a buffer dies with the process.
  onRestored: (steps: number) => void writeSync(1, `restored ${(restored = steps)}\n`),
  watch: onLogs(({ step }) => {
    if (step >= restored + Number(kill)) process.kill(process.pid, "SIGKILL");
  }),
};
if (example === "digits") {
  const data = await loadDigits({ train: 480, test: 8, seed: 0 });
  const model = new DigitClassifier({ widths: [24, 16], rngs });
  await trainDigits(model, data, options);
  await saveModel(model, file);
} else {
  const data = await loadNames({ train: 480, test: 8, seed: 0 });
  const { vocabulary, length } = data;
  const model = new CharTransformer({ vocabulary: vocabulary.length, length, features: 8, heads: 2, blocks: 1, rngs }); // prettier-ignore
  await trainNames(model, data, options);
  await saveModel(model, file);
}
