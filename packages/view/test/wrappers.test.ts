import {
  BatchNorm,
  Dropout,
  Linear,
  LoRA,
  LoRAParam,
  Module,
  Param,
  Rngs,
  Sequential,
  SpectralNorm,
  state,
  WeightNorm,
} from "@nnx-js/nn";
import { recursiveMap, view, viewInfo } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });

test("an evaluation view of SpectralNorm leaves its statistics alone, and the train view does not", async () => {
  const model = new Sequential(new SpectralNorm(new Linear(2, 2, R()), R(1)), new BatchNorm(2, R()));
  const evalModel = view(model, { useRunningAverage: true });
  const trainModel = view(model, { useRunningAverage: false });
  const [norm] = model.layers;
  const sigma = () => (state(norm).get("batchStats", "kernel", "sigma") as Param).value;
  evalModel.forward(tf.ones([3, 2]));
  await expect(sigma()).toBeAllClose([1]);
  expect(evalModel.layers[0].layerInstance.kernel).toBe(norm.layerInstance.kernel);
  const before = norm.layerInstance.kernel.value.clone();
  trainModel.forward(tf.ones([3, 2]));
  // What the kernel was divided by.
  await expect(tf.mul(norm.layerInstance.kernel.value, sigma())).toBeAllClose(before);
});

test("SpectralNorm takes updateStats as well, and null resets either", () => {
  const norm = new SpectralNorm(new Linear(2, 2, R()), R());
  expect(view(norm, { updateStats: false }).useRunningAverage).toBe(true);
  expect(view(view(norm, { updateStats: false }), { useRunningAverage: false }).useRunningAverage).toBe(
    false,
  );
  expect(viewInfo(norm)).toBe(
    [
      "SpectralNorm:",
      "  updateStats?: boolean = true",
      "    if true, calls move the statistics of the power iteration.",
      "  useRunningAverage?: boolean = false",
      "    the opposite of updateStats, so that one mode serves",
      "    BatchNorm as well.",
    ].join("\n"),
  );
});

test("views reach through wrappers and adapters", () => {
  const inner = () => new Sequential(new Linear(2, 2, R()), new Dropout(0.5));
  const wrapped = view(new WeightNorm(inner(), R()), { deterministic: true });
  expect(wrapped.layerInstance.layers[1].deterministic).toBe(true);
  class Block extends Module {
    readonly linear = new Linear(2, 2, R());
    readonly dropout = new Dropout(0.5);
    forward(x: tf.Tensor): tf.Tensor {
      return this.dropout.forward(this.linear.forward(x));
    }
  }
  const adapted = view(new LoRA(2, 1, 2, { ...R(), baseModule: new Block() }), { deterministic: true });
  expect(adapted.baseModule!.dropout.deterministic).toBe(true);
});

test("every Linear of a model gets an adapter, as in the documentation of Flax", async () => {
  const options = R();
  const model = new Sequential(new Linear(2, 3, options), new Linear(3, 1, options));
  const adapted = recursiveMap(
    (_path, node) =>
      node instanceof Linear
        ? new LoRA(node.inFeatures, 2, node.outFeatures, { baseModule: node, ...options })
        : node,
    model,
  );
  expect(adapted.layers.map((layer) => layer.constructor.name)).toEqual(["LoRA", "LoRA"]);
  expect(state(adapted, LoRAParam).size).toBe(4);
  expect(state(model, LoRAParam).size).toBe(0);
  const x = tf.tensor2d([[1, -2]]);
  // The second matrices are zeros: the answers are the same.
  await expect(adapted.forward(x)).toBeAllClose(model.forward(x));
  const [first] = adapted.layers as unknown as [LoRA];
  first.loraB.value = tf.ones([2, 3]);
  const change = tf.sum(tf.matMul(x, first.loraA.value));
  const hidden = tf.add(model.layers[0].forward(x), change);
  await expect(adapted.forward(x)).toBeAllClose(model.layers[1].forward(hidden));
});
