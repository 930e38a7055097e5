/** @file Trains the digits and names examples up to some step, in a process of its own: see the test beside it. */
import { Rngs } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { loadDigits } from "../../src/digits/data.ts";
import { DigitClassifier } from "../../src/digits/model.ts";
import { train as trainDigits } from "../../src/digits/train.ts";
import { loadNames } from "../../src/names/data.ts";
import { CharTransformer } from "../../src/names/model.ts";
import { train as trainNames } from "../../src/names/train.ts";

/** A part of a run. */
interface Leg {
  compiled: boolean;
  until: number;
  load?: string | undefined;
  save: string;
}

// More than two passes of 40 steps, so that both halves end within one.
const RUN = { epochs: 3, seed: 3 };

const EXAMPLES = {
  async digits(leg: Leg): Promise<void> {
    const data = await loadDigits({ train: 320, test: 8, seed: 0 });
    using rngs = new Rngs(1);
    using model = new DigitClassifier({ widths: [24, 16], rngs });
    await trainDigits(model, data, { ...RUN, batchSize: 8, ...leg });
    tf.dispose(data);
  },
  async names(leg: Leg): Promise<void> {
    const data = await loadNames({ train: 160, test: 8, seed: 0 });
    const { vocabulary, length } = data;
    using rngs = new Rngs(1);
    using model = new CharTransformer({ vocabulary: vocabulary.length, length, features: 8, heads: 2, blocks: 1, rngs }); // prettier-ignore
    await trainNames(model, data, { ...RUN, batchSize: 4, ...leg });
    tf.dispose([data.train, data.test]);
  },
};

const [folder, backend, legs] = process.argv.slice(2) as [string, string, string];
tf.enableProdMode();
await useBackend(backend);
for (const [name, run] of Object.entries(EXAMPLES)) {
  for (const compiled of [false, true]) {
    const file = (part: string) =>
      join(folder, `${name}-${compiled ? "compiled" : "eager"}-${part}.safetensors`);
    if (legs === "first") {
      await run({ compiled, until: 100, save: file("whole") });
      await run({ compiled, until: 50, save: file("half") });
    } else await run({ compiled, until: 100, load: file("half"), save: file("resumed") });
  }
}
