/** @file What the worker does: a model learns which of two moons a point belongs to. */
import { Checkpointer } from "@nnx-js/checkpoint";
import { jit } from "@nnx-js/jit";
import { Linear, Param, relu, Rngs, Sequential, sigmoidBinaryCrossEntropy, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { useBackend } from "@nnx-js/tensor";
import { loader, serveTraining, train } from "@nnx-js/train";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import { twoMoons } from "./moons.ts";
import type { Settings } from "./settings.ts";

const wasmPaths = {
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  "tfjs-backend-wasm-threaded-simd.wasm": threaded,
};

serveTraining(async ({ learningRate, steps }: Settings, { signal, watch }) => {
  await useBackend(["wasm", "cpu"], { wasmPaths });
  const rngs = new Rngs(0);
  const model = new Sequential(new Linear(2, 16, { rngs }), relu, new Linear(16, 1, { rngs }));
  const optimizer = new Optimizer(model, adam(learningRate), { wrt: Param });
  const data = loader(twoMoons(rngs, 512), {
    batchSize: 32,
    shuffle: rngs,
    dropLast: true,
    epochs: Infinity,
  });

  type Net = typeof model;
  const step = jit((model: Net, optimizer: Optimizer<Net>, points: tf.Tensor, labels: tf.Tensor) => {
    const lossOf = (model: Net) => tf.mean(sigmoidBinaryCrossEntropy(model.forward(points), labels));
    const [loss, grads] = valueAndGrad(lossOf)(model);
    optimizer.update(model, grads);
    return loss;
  });

  // In the private file system of the origin.
  await using checkpointer = new Checkpointer("runs/moons", { keep: 2 });
  return await train({
    data,
    step: ({ points, labels }) => step(model, optimizer, points, labels),
    steps,
    log: 4,
    state: { model, optimizer, data },
    checkpoint: { to: checkpointer, every: 400, resume: true },
    signal,
    watch,
  }).run();
});
