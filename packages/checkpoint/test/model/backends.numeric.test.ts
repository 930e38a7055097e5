/** @file A training state goes through a file on every backend, to the last bit. */
import { loadModel, memoryTarget, saveModel } from "@nnx-js/checkpoint";
import {
  BatchNorm,
  Dropout,
  evalShape,
  Linear,
  Param,
  Rngs,
  Sequential,
  state,
  valueAndGrad,
  Variable,
} from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { valuesOf } from "./in-memory.ts";

function training(seed: number) {
  const rngs = new Rngs({ params: seed, dropout: seed + 1 });
  const model = new Sequential(
    new Linear(3, 4, { rngs }),
    new BatchNorm(4, { rngs }),
    new Dropout(0.4, { rngs: rngs.stream("dropout") }),
    new Linear(4, 1, { rngs }),
  );
  return {
    model,
    optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }),
    rngs,
    // Beyond what float32, and with it a GPU, tells apart.
    words: new Variable(tf.tensor1d([2 ** 31 - 1, -(2 ** 31), 16777217, seed], "int32")),
    mask: new Variable(tf.tensor2d([[1, 0, seed]], [1, 3], "bool")),
    none: new Variable(tf.zeros([2, 0])),
  };
}

function step({ model, optimizer, rngs }: ReturnType<typeof training>): void {
  tf.tidy(() => {
    const x = rngs.stream("params").uniform([8, 3]);
    const [, grads] = valueAndGrad((m: typeof model) => tf.mean(tf.square(m.forward(x))))(model);
    optimizer.update(model, grads);
  });
}

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("into models with and without values, and training goes on as it would have", async () => {
  const node = training(0);
  for (let i = 0; i < 2; i++) step(node);
  const values = await valuesOf(node);
  const tensors = tf.memory().numTensors;
  const target = memoryTarget();
  await saveModel(node, target);
  expect(tf.memory().numTensors).toBe(tensors);

  const others = [training(1), evalShape(() => training(1))];
  for (const other of others) {
    await loadModel(other, target.bytes());
    expect(await valuesOf(other)).toEqual(values);
    step(other);
  }
  step(node);
  for (const other of others) expect(await valuesOf(other)).toEqual(await valuesOf(node));
  expect(state(others[1]).size).toBe(state(node).size);
});
