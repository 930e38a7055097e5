/** @file What a first user does, in plain JavaScript: it runs on the packed packages. */
import assert from "node:assert/strict";
import { BatchNorm, Dropout, Linear, Param, Rngs, Sequential, grad } from "@nnx-js/nn";
import { Optimizer, adam } from "@nnx-js/optim";
import { useBackend } from "@nnx-js/tensor";
import { view, viewInfo } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";

const trainModes = { deterministic: false, useRunningAverage: false };
const evalModes = { deterministic: true, useRunningAverage: true };

async function lossOf(model, x, rngs) {
  return (await tf.tidy(() => tf.mean(tf.square(model.forward(x, { rngs })))).data())[0];
}

for (const backend of ["cpu", "wasm"]) {
  await useBackend(backend);
  assert.equal(tf.getBackend(), backend);

  const rngs = new Rngs(0);
  const model = new Sequential(new Linear(2, 4, { rngs }), new BatchNorm(4, { rngs }), new Dropout(0.1));
  const trainModel = view(model, trainModes);
  const evalModel = view(model, evalModes);
  assert.equal(trainModel.layers[2].deterministic, false);
  assert.equal(evalModel.layers[2].deterministic, true);
  assert.equal(trainModel.layers[0].kernel, evalModel.layers[0].kernel);
  assert.match(viewInfo(model), /^BatchNorm:\n {2}useRunningAverage.*\nDropout:\n {2}deterministic/s);
  assert.throws(() => view(model, { deterministc: true }), /deterministic/);

  const x = rngs.normal([8, 2]);
  const optimizer = new Optimizer(model, adam(1e-2), { wrt: Param });
  const before = await lossOf(trainModel, x, rngs);
  for (let step = 0; step < 20; step++) {
    tf.tidy(() => {
      const gradient = grad((m) => tf.mean(tf.square(m.forward(x, { rngs }))));
      optimizer.update(trainModel, gradient(trainModel));
    });
  }
  const after = await lossOf(trainModel, x, rngs);
  assert.ok(after < before, `the loss rose from ${before} to ${after} on ${backend}`);
  console.log(`${backend}: loss ${before.toFixed(4)} -> ${after.toFixed(4)}`);
}

// Not installed here: the error says what to install.
await assert.rejects(useBackend("webgpu"), /npm install .*tfjs-backend-webgpu/);
