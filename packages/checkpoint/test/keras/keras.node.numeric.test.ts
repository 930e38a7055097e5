/** @file Files of Keras 3 give the same outputs here, in all its formats. */
import { readdirSync, readFileSync } from "node:fs";
import { loadModel } from "@nnx-js/checkpoint";
import { type Module, Rngs } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import type * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { KERAS_MODELS } from "./keras-models.ts";

const folder = new URL("../golden/keras/", import.meta.url);
const figures = JSON.parse(readFileSync(new URL("cases.json", folder), "utf8")) as Record<
  string,
  { inputs: GoldenArray[]; outputs: [GoldenArray] }
>;
const files = readdirSync(folder).filter((name) => /\.(?:keras|h5)$/.test(name));
const caseOf = (file: string) => file.replace(/(?:_keras_2)?(?:\.weights)?\.(?:keras|h5)$/, "");

// In the file of weights alone, the order of Dense layers in different places is not told.
const unordered = "encoder.weights.h5";
const loadable = files.filter((file) => caseOf(file) in KERAS_MODELS && file !== unordered);

test.each(loadable)("%s", async (file) => {
  const name = caseOf(file);
  const model = KERAS_MODELS[name as keyof typeof KERAS_MODELS](new Rngs(0)) as unknown as Module & {
    forward(...x: tf.Tensor[]): tf.Tensor;
  };
  const report = await loadModel(model, new URL(file, folder), { layout: "keras" });
  expect(report).toEqual({ missing: [], unexpected: [], settings: [] });
  const { inputs, outputs } = figures[name]!;
  await expect(model.forward(...inputs.map(fromGolden))).toBeAllClose(outputs[0]);
});
