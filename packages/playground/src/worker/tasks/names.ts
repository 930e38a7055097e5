/** @file First names, by a character transformer. */
import { namesLoss } from "@nnx-js/examples/names/loss";
import { CharTransformer } from "@nnx-js/examples/names/model";
import { sampleNames } from "@nnx-js/examples/names/sample";
import { type Names, splitNames } from "@nnx-js/examples/names/split";
import { Rngs } from "@nnx-js/nn";
import { adamw, injectHyperparams } from "@nnx-js/optim";
import { loader } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { AssetError, CommandError } from "../faults.ts";
import type { Task, TaskContext } from "./task.ts";

const [BATCH, HELD_BACK] = [64, 256];
/** How many names are shown, and drawn with which temperature. */
const [SHOWN, TEMPERATURE] = [8, 0.8];
/** As many as can be asked for at once. */
const MOST = 100;

/** A transformer learns to make up names. */
export async function createNames(context: TaskContext): Promise<Task<CharTransformer, Names>> {
  const { seed, learningRate, assets } = context;
  const names = new TextDecoder().decode(await assets.load("names")).split("\n");
  if (names.length <= HELD_BACK + BATCH) throw new AssetError(`there are ${names.length} names only`);
  // The same split for every seed of a run, so that what is held back stays so when a saved run goes on.
  const { vocabulary, length, train, test } = await splitNames(names, { test: HELD_BACK, seed: 0 });
  const rngs = new Rngs(seed);
  const model = new CharTransformer({ vocabulary: vocabulary.length, length, rngs });
  const data = loader(train, { batchSize: BATCH, shuffle: rngs, dropLast: true, epochs: Infinity });
  // Not those of the run: drawing names changes nothing of the training.
  const draws = new Rngs(seed + 1);
  const make = (model: CharTransformer, count: number, temperature: number) =>
    sampleNames(model, { count, length, vocabulary, rngs: draws, temperature });
  return {
    model,
    rngs,
    data,
    heldBack: test,
    transformation: injectHyperparams(adamw)({ learningRate }),
    modes: { train: { deterministic: false }, eval: { deterministic: true } },
    // A view that decodes takes one token at a time.
    fixedModes: ["decode"],
    evalInterval: 16,
    lossOf: namesLoss,
    picture: async (model) => ({ kind: "names", samples: await make(model, SHOWN, TEMPERATURE) }),
    async makeNames(model, count, temperature) {
      if (!(Number.isInteger(count) && count > 0 && count <= MOST)) {
        throw new CommandError(`expected a count of names from 1 to ${MOST}, found ${count}`);
      }
      if (!(temperature > 0)) throw new CommandError(`expected a temperature above 0, found ${temperature}`);
      return await make(model, count, temperature);
    },
    dispose: () => {
      for (const part of [model, rngs, data, draws]) part.dispose();
      tf.dispose([train, test]);
    },
  };
}
