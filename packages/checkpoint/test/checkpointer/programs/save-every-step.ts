/** @file Restores what is in a folder, then saves every step until it is killed; tells its parent line by line. */
import "@tensorflow/tfjs-backend-cpu";
import { Checkpointer } from "@nnx-js/checkpoint";
import { Param } from "@nnx-js/nn";
import { full } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { writeSync } from "node:fs";

const [folder = "", mode = ""] = process.argv.slice(2);
/** Written at once: what is still in a buffer dies with the process. */
const tell = (line: string) => writeSync(1, `${line}\n`);

tf.enableProdMode();
// Every number of a whole step is the number of the step.
const model = Array.from({ length: 4 }, () => new Param(tf.zeros([64, 64])));
const checkpointer = new Checkpointer(folder, { keep: 2, onWarning: (text) => void tell(`warning ${text}`) });
const restored = await checkpointer.restore({ model });
const values = new Set(model.flatMap((param) => [...param.value.dataSync()]));
tell(`restored ${restored?.step ?? 0} ${[...values].join(" ")}`);

for (let step = (restored?.step ?? 0) + 1; ; step++) {
  for (const param of model) param.value = full([64, 64], step);
  await checkpointer.save(step, { model });
  if (mode === "wait") await checkpointer.wait();
  tell(`saved ${step}`);
}
