/** @file A program that loads an encoder, or all but its weights, and prints the most memory that it took, in kB. */
import { evalShape, Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { readConfig } from "../../src/embed/config.ts";
import { BertEncoder } from "../../src/embed/model.ts";
import { loadWeights } from "../../src/embed/weights.ts";

const [backend, folder, what] = process.argv.slice(2) as [string, string, "nothing" | "weights"];
tf.enableProdMode();
await useBackend(backend);
const config = await readConfig(folder);
const model = evalShape(() => new BertEncoder(config, { rngs: new Rngs(0) }));
if (what === "weights") await loadWeights(model, folder);
const status = await readFile("/proc/self/status", "utf8");
console.log(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]);
process.exit(0);
