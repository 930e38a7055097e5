/** @file Trains the digits example in a process of its own, which kills itself after some step: see the test beside it. */
import { saveModel } from "@nnx-js/checkpoint";
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { writeSync } from "node:fs";
import { loadDigits } from "../../src/digits/data.ts";
import { DigitClassifier } from "../../src/digits/model.ts";
import { train } from "../../src/digits/train.ts";

const [backend, file, checkpoint, kill] = process.argv.slice(2) as [string, string, string, string];
tf.enableProdMode();
await useBackend(backend);
const data = await loadDigits({ train: 480, test: 8, seed: 0 });
const model = new DigitClassifier({ widths: [24, 16], rngs: new Rngs(1) });
let restored = 0;
await train(model, data, {
  epochs: 2,
  seed: 3,
  batchSize: 4,
  checkpoint: checkpoint === "none" ? undefined : checkpoint,
  // Written at once: what is still in a buffer dies with the process.
  onRestored: (steps) => void writeSync(1, `restored ${(restored = steps)}\n`),
  onProgress: ({ step }) => {
    if (step >= restored + Number(kill)) process.kill(process.pid, "SIGKILL");
  },
});
await saveModel(model, file);
