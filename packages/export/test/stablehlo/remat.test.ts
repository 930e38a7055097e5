/** @file A step with `remat`, run by JAX from what is exported, and the barrier that keeps it from XLA's merging. */
import { grad, Linear, Param, remat, Rngs, state } from "@nnx-js/nn";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { exportStableHlo } from "../../src/index.ts";
import { findPython, runModules } from "./python.ts";

const python = findPython();

const run = remat((layer: Linear, x: tf.Tensor) => tf.tanh(layer.forward(tf.sin(layer.forward(x)))));
const step = (layer: Linear, x: tf.Tensor) =>
  grad((layer: Linear) => tf.sum(tf.square(run(layer, x))))(layer).leaf("kernel").value;

test.skipIf(!python)("a step with remat", { timeout: 60_000 }, async () => {
  const layer = new Linear(3, 3, { rngs: new Rngs(0) });
  const x = wave([2, 3]);
  const text = await exportStableHlo(step, [layer, x]);
  expect(text).toContain("stablehlo.optimization_barrier");
  const inputs = Object.fromEntries(
    [...state(layer, Param)].map(([path, leaf]) => [["layer", ...path].join("."), leaf.value]),
  );
  const [ran] = await runModules(python!, [{ text, inputs: { ...inputs, x } }]);
  expect(ran!.error).toBeUndefined();
  const [found] = Object.values(ran!.outputs);
  await expect(found!).toBeAllClose(step(layer, x));
});
