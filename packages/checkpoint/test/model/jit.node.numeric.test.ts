/** @file Saving and loading what compiled functions hold resident in their memory. */
import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import { jit } from "@nnx-js/jit";
import { Dropout, Linear, Module, Param, relu, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { saved, valuesOf } from "./in-memory.ts";

class Net extends Module {
  readonly wide: Linear;
  readonly dropout: Dropout;
  readonly narrow: Linear;

  constructor(rngs: Rngs) {
    super();
    this.wide = new Linear(3, 8, { rngs });
    this.dropout = new Dropout(0.3, { rngs });
    this.narrow = new Linear(8, 1, { rngs });
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this.narrow.forward(this.dropout.forward(relu(this.wide.forward(x))));
  }
}

function training(seed: number) {
  const model = new Net(new Rngs(seed));
  return { model, optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }) };
}

function plainStep({ model, optimizer }: ReturnType<typeof training>, x: tf.Tensor): tf.Tensor {
  const [loss, grads] = valueAndGrad((net: Net) => tf.mean(tf.square(net.forward(x))))(model);
  optimizer.update(model, grads);
  return loss;
}

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.skipIf(inject("backend") === "webgpu")(
  "what is resident is saved as it is, and loaded without compiling again or leaving a tensor",
  async () => {
    using step = jit(plainStep);
    const x = tf.ones([4, 3]);
    const node = training(0);
    for (let i = 0; i < 3; i++) step(node, x).dispose();
    const bytes = await saved(node);
    const values = await valuesOf(node);
    const losses = async () => {
      const found: number[] = [];
      for (let i = 0; i < 3; i++) found.push((await step(node, x).data())[0]!);
      return found;
    };
    const expected = await losses();
    const after = await valuesOf(node);

    const tensors = tf.memory().numTensors;
    await loadModel(node, bytes);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(tensors);
    expect(await valuesOf(node)).toEqual(values);
    expect(await losses()).toEqual(expected);
    expect(await valuesOf(node)).toEqual(after);
    expect(step.cacheSize()).toBe(1);

    // Eager steps go on from the file as compiled ones do, within rounding.
    const other = training(9);
    await loadModel(other, bytes);
    const plain: number[] = [];
    for (let i = 0; i < 3; i++) plain.push((await plainStep(other, x).data())[0]!);
    await expect(tf.tensor1d(plain)).toBeAllClose(tf.tensor1d(expected));
  },
);

test.skipIf(inject("backend") === "webgpu")("training goes on while it is saved", async () => {
  using step = jit(plainStep);
  const x = tf.ones([4, 3]);
  const node = training(0);
  step(node, x).dispose();
  const values = await valuesOf(node);
  const tensors = tf.memory().numTensors;
  const target = memoryTarget();
  const slow = {
    label: "slow",
    async write(bytes: Uint8Array) {
      step(node, x).dispose();
      await new Promise((resolve) => setTimeout(resolve));
      await target.write(bytes);
    },
    close: () => target.close(),
    abort: () => target.abort(),
  };
  const saving = saveModel(node, slow);
  for (let i = 0; i < 3; i++) step(node, x).dispose();
  await saving;
  expect(tf.memory().numTensors).toBeLessThanOrEqual(tensors);
  const other = training(1);
  await loadModel(other, target.bytes());
  expect(await valuesOf(other)).toEqual(values);
});
