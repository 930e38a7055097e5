/** @file Quantised models are saved as they are, and loaded into models of shapes. */
import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import { evalShape, Linear, quantize, Rngs, Sequential } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const make = () => {
  const rngs = new Rngs(0);
  return new Sequential(new Linear(64, 128, { rngs }), new Linear(128, 16, { rngs }));
};

test("a quantised model comes back as it was, from a file of a quarter of the size", async () => {
  const { model } = await quantize(make());
  const [small, large] = [memoryTarget(), memoryTarget()];
  await saveModel(model, small);
  await saveModel(make(), large);
  expect(small.bytes().length).toBeLessThan(0.4 * large.bytes().length);
  const { model: loaded } = await quantize(evalShape(make));
  await loadModel(loaded, small.bytes());
  const x = tf.ones([2, 64]);
  expect(Array.from(await loaded.forward(x).data())).toEqual(Array.from(await model.forward(x).data()));
});

test("a file of floats does not fit into it", async () => {
  const file = memoryTarget();
  await saveModel(make(), file);
  const { model } = await quantize(make());
  await expect(loadModel(model, file.bytes())).rejects.toThrow(/layers\.0\.kernel/);
});
