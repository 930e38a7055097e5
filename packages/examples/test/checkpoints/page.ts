/** @file What a page offers to the tests: training runs of the examples that are saved to the page's own file system. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { Param, Rngs, variables } from "@nnx-js/nn";
import { adamw, Optimizer } from "@nnx-js/optim";
import { full, useBackend } from "@nnx-js/tensor";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { DigitClassifier } from "../../src/digits/model.ts";
import * as digits from "../../src/digits/step.ts";
import { CharTransformer } from "../../src/names/model.ts";
import * as names from "../../src/names/train.ts";

/** Which training run. */
interface Choice {
  example: "digits" | "names";
  isCompiled: boolean;
}

/** All that a run is made of, and one step of it. */
interface Run {
  node: object;
  train: () => tf.Tensor;
}

function digitsRun(isCompiled: boolean): Run {
  const rngs = new Rngs(3);
  const model = new DigitClassifier({ widths: [24], rngs });
  const optimizer = new Optimizer(model, adamw(3e-3), { wrt: Param });
  const trainModel = view(model, { deterministic: false, useRunningAverage: false });
  const step = isCompiled ? digits.trainStep : digits.plainTrainStep;
  return {
    node: { model, optimizer, rngs },
    train() {
      const images = rngs.uniform([16, 784]) as tf.Tensor2D;
      const labels = rngs.randint([16], 0, 10) as tf.Tensor1D;
      return step(trainModel, optimizer, images, labels);
    },
  };
}

function namesRun(isCompiled: boolean): Run {
  const rngs = new Rngs(3);
  const model = new CharTransformer({ vocabulary: 9, length: 6, features: 16, heads: 2, blocks: 1, rngs });
  const optimizer = new Optimizer(model, adamw(3e-3), { wrt: Param });
  const trainModel = view(model, { deterministic: false });
  const step = isCompiled ? names.trainStep : names.plainTrainStep;
  return {
    node: { model, optimizer, rngs },
    train() {
      const tokens = rngs.randint([8, 7], 0, 9) as tf.Tensor2D;
      const lengths = rngs.randint([8], 1, 6) as tf.Tensor1D;
      return step(trainModel, optimizer, { tokens, lengths });
    },
  };
}

const makeRun = ({ example, isCompiled }: Choice) =>
  example === "digits" ? digitsRun(isCompiled) : namesRun(isCompiled);

/** All values of a run, bit for bit, as a text. */
async function digest(node: object): Promise<string> {
  const values = await Promise.all([...variables(node)].map(([, { value }]) => value.data()));
  const bytes = values.flatMap(({ buffer, byteOffset, byteLength }) => [
    ...new Uint8Array(buffer, byteOffset, byteLength),
  ]);
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)))].join(" ");
}

/** Trains from what is in `folder`, if anything is, up to a step; saves it there, if it is to be saved. */
async function train(choice: Choice, upTo: number, folder?: string) {
  await useBackend("wasm", { wasmPaths: "/wasm/" });
  const { node, train } = makeRun(choice);
  const checkpointer = folder === undefined ? undefined : new Checkpointer(folder, { keep: 2 });
  const from = (await checkpointer?.restore(node))?.step ?? 0;
  for (let step = from + 1; step <= upTo; step++) {
    tf.tidy(() => void train());
    // Before the last one, saves that go on while steps do.
    if (step > upTo - 3) await checkpointer?.save(step, node);
  }
  await checkpointer?.close();
  return { from, values: await digest(node) };
}

/** Saves every step until the page is gone; what it says of the last ones outlives it. */
async function saveForever(folder: string) {
  await useBackend("cpu");
  const model = [0, 1, 2].map(() => new Param(tf.zeros([64, 64])));
  const warnings: string[] = [];
  const checkpointer = new Checkpointer(folder, { keep: 2, onWarning: (text) => void warnings.push(text) });
  const restored = (await checkpointer.restore({ model }))?.step ?? 0;
  const values = [...new Set(model.flatMap(({ value }) => [...value.dataSync()]))];
  const last = Number(localStorage.getItem(folder) ?? "0");
  void (async () => {
    for (let step = restored + 1; ; step++) {
      for (const param of model) param.value = full([64, 64], step);
      await checkpointer.save(step, { model });
      localStorage.setItem(folder, String(step));
    }
  })().catch((error: unknown) => localStorage.setItem("failure", String(error)));
  return { restored, values, last, warnings };
}

/** Begins anew, again and again, to read what another page is saving; answers the steps that it has seen. */
async function lookOn(folder: string, times: number): Promise<number[]> {
  await useBackend("cpu");
  const model = [0, 1, 2].map(() => new Param(tf.zeros([64, 64])));
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    await using checkpointer = new Checkpointer(await directoryOf(folder));
    const restored = await checkpointer.restore({ model });
    const values = new Set(model.flatMap(({ value }) => [...value.dataSync()]));
    if (values.size !== 1 || !values.has(restored?.step ?? 0))
      throw new Error(`half a step: ${[...values].join()}`);
    seen.push(restored?.step ?? 0);
  }
  return seen;
}

/** Saves a step of so many numbers; answers what went wrong, and the steps that are there then. */
async function saveLarge(folder: string, step: number, size: number) {
  await useBackend("cpu");
  const weight = new Param(full([size], step));
  const checkpointer = new Checkpointer(folder);
  await checkpointer.save(step, { weight });
  const failure = await checkpointer.close().catch((error: Error) => `${error.name}: ${error.message}`);
  await using after = new Checkpointer(folder);
  return { failure, steps: await after.steps(), files: (await files(folder)).length };
}

/** As in an engine that cannot give files of the page's file system another name. */
function forgetMove(): void {
  delete (FileSystemFileHandle.prototype as { move?: unknown }).move;
}

/** What a worker of the page answers that saves and restores. */
function askWorker(folder: string): Promise<unknown> {
  const worker = new Worker("/worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- workers have none
    worker.postMessage(folder);
  });
}

async function directoryOf(folder: string): Promise<FileSystemDirectoryHandle> {
  return await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
}

/** The files in a directory of the page's file system. */
async function files(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const name of (await directoryOf(folder)).keys()) found.push(name);
  return found;
}

Object.assign(window, { page: { train, saveForever, lookOn, saveLarge, forgetMove, askWorker, files } });
