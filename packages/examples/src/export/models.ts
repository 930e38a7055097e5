/** @file The examples that can be exported to be served elsewhere: their evaluation views, and what these take. */
import { Rngs } from "@nnx-js/nn";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { join } from "node:path";
import { CNN } from "../cnn/model.ts";
import { DigitClassifier } from "../digits/model.ts";
import { PIXELS } from "../digits/split.ts";
import { plainEmbed } from "../embed/embed.ts";
import { loadEncoder } from "../embed/encoder.ts";
import { assertFile } from "../embed/options.ts";
import { OUT } from "../command-line.ts";
import { GUIDE, setUpGuide } from "../guide/training.ts";
import { withAdapters } from "../lora/adapters.ts";
import { loadNames } from "../names/data.ts";
import { CharTransformer } from "../names/model.ts";
import { batchOf } from "./training.ts";

/** What is served of an example. */
export interface Served {
  /** What weights are loaded into. */
  readonly model: object;
  readonly fn: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;
  /** Shapes of its arguments, whose first axis is the batch. */
  readonly args: readonly tf.Tensor[];
  /** What the arguments are called. */
  readonly names: readonly string[];
}

/** Makes a model from a seed. */
export type MakeServed = (options: { seed: number }) => Promise<Served>;

/** Tokens of the texts that the encoder is exported for: padding fills up shorter ones. */
const TEXT_LENGTH = 128;

const FIXED = { deterministic: true, useRunningAverage: true } as const;

/** A batch of one, of rows of this shape, as a shape only. */
function rowsOf(shape: readonly number[], dtype: "float32" | "int32" = "float32"): tf.Tensor {
  const row = tf.zeros([1, ...shape], dtype);
  row.dispose();
  return batchOf(row, 1);
}

/** By the name of the example. */
export const MODELS: Readonly<Record<string, MakeServed>> = {
  guide({ seed }) {
    const { model } = setUpGuide(seed);
    const served = view(model, FIXED);
    return Promise.resolve({
      model,
      fn: (x: tf.Tensor) => served.forward(x),
      args: [rowsOf([GUIDE.inDim])],
      names: ["x"],
    });
  },
  digits({ seed }) {
    const model = new DigitClassifier({ rngs: new Rngs(seed) });
    const served = view(model, FIXED);
    const fn = (images: tf.Tensor) => served.forward(images);
    return Promise.resolve({ model, fn, args: [rowsOf([PIXELS])], names: ["images"] });
  },
  cnn({ seed }) {
    const model = new CNN({ rngs: new Rngs(seed) });
    const served = view(model, FIXED);
    const fn = (images: tf.Tensor) => served.forward(images);
    return Promise.resolve({ model, fn, args: [rowsOf([PIXELS])], names: ["images"] });
  },
  lora({ seed }) {
    const rngs = new Rngs(seed);
    const model = withAdapters(new DigitClassifier({ rngs }), { rank: 8, rngs });
    const fn = (images: tf.Tensor) => model.forward(images);
    return Promise.resolve({ model, fn, args: [rowsOf([PIXELS])], names: ["images"] });
  },
  async names({ seed }) {
    const { vocabulary, length, train, test } = await loadNames({ test: 800, seed });
    tf.dispose([train, test]);
    const model = new CharTransformer({ vocabulary: vocabulary.length, length, rngs: new Rngs(seed) });
    const served = view(model, { deterministic: true });
    return {
      model,
      fn: (tokens: tf.Tensor) => served.forward(tokens),
      args: [rowsOf([length], "int32")],
      names: ["tokens"],
    };
  },
  async embed() {
    const weights = process.env["NNX_MINILM"] ?? join(OUT, "minilm");
    assertFile("embed", join(weights, "model.safetensors"), "bash scripts/weights.sh");
    const { model, config } = await loadEncoder(weights);
    const row = rowsOf([Math.min(TEXT_LENGTH, config.maxLength)], "int32");
    const fn = (tokens: tf.Tensor, mask: tf.Tensor) =>
      plainEmbed(model, { tokens: tokens as tf.Tensor2D, mask: tf.cast(mask, "bool") as tf.Tensor2D });
    return { model, fn, args: [row, row], names: ["tokens", "mask"] };
  },
};
