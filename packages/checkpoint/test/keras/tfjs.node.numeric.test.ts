/** @file Models that TensorFlow.js's layers saved give the same outputs here. */
import { readFileSync } from "node:fs";
import { loadModel } from "@nnx-js/checkpoint";
import { type Module, Rngs } from "@nnx-js/nn";
import { fromGolden, type GoldenArray } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { TFJS_MODELS } from "./tfjs-models.ts";

const folder = new URL("../golden/tfjs/", import.meta.url);
const figures = JSON.parse(readFileSync(new URL("cases.json", folder), "utf8")) as Record<
  keyof typeof TFJS_MODELS,
  { inputs: [GoldenArray]; outputs: [GoldenArray] }
>;

test.each(Object.entries(TFJS_MODELS))("%s", async (name, make) => {
  const model = make(new Rngs(0)) as Module & { forward(x: tf.Tensor): tf.Tensor };
  const before = tf.memory().numTensors;
  const report = await loadModel(model, new URL(`${name}/model.json`, folder), { layout: "keras" });
  expect(tf.memory().numTensors).toBe(before);
  expect(report).toEqual({ missing: [], unexpected: [], settings: [] });
  const { inputs, outputs } = figures[name as keyof typeof TFJS_MODELS];
  await expect(model.forward(fromGolden(inputs[0]))).toBeAllClose(outputs[0]);
});
