/** @file The four workloads. `bench_flax.py` builds the same ones in Flax. */
import { softmaxCrossEntropyWithIntegerLabels } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { MyModel } from "../../guide/model.ts";
import { CNN } from "./cnn.ts";
import { CONTEXT, GPT } from "./gpt.ts";
import type { Workload } from "./workload.ts";

/** Sizes of a workload whose model is the guide's. */
export interface PerceptronSizes {
  readonly inDim: number;
  readonly hiddenDim: number;
  readonly outDim: number;
  readonly batchSize: number;
  readonly dropoutRate: number;
}

/** A workload whose model is the guide's: hand-written steps can be compared with it. */
export interface PerceptronWorkload extends Workload {
  readonly sizes: PerceptronSizes;
  readonly createModel: (...args: Parameters<Workload["createModel"]>) => MyModel;
}

const meanSquaredError: Workload["loss"] = (prediction, y) => tf.mean(tf.square(tf.sub(prediction, y)));

const crossEntropy: Workload["loss"] = (logits, labels) =>
  tf.mean(softmaxCrossEntropyWithIntegerLabels(logits, labels));

/** The guide's model and loss in other sizes. */
export function perceptron(name: string, sizes: PerceptronSizes): PerceptronWorkload {
  const { inDim, hiddenDim, outDim, batchSize, dropoutRate } = sizes;
  return {
    name,
    title: `${inDim}-${hiddenDim}-${outDim} with BatchNorm and Dropout, batch ${batchSize}`,
    batchSize,
    sizes,
    createModel: (rngs) => new MyModel(inDim, hiddenDim, outDim, dropoutRate, { rngs }),
    createBatch: (rngs, n) => [rngs.normal([n, inDim]), rngs.normal([n, outDim])],
    loss: meanSquaredError,
  };
}

const guide = perceptron("guide", {
  inDim: 16,
  hiddenDim: 32,
  outDim: 2,
  batchSize: 32,
  dropoutRate: 0.1,
});

const mlp = perceptron("mlp", {
  inDim: 784,
  hiddenDim: 512,
  outDim: 10,
  batchSize: 128,
  dropoutRate: 0.1,
});

const cnn: Workload = {
  name: "cnn",
  title: "Flax's MNIST tutorial model, batch 32",
  batchSize: 32,
  createModel: (rngs) => new CNN({ rngs }),
  createBatch: (rngs, n) => [
    rngs.normal([n, 28, 28, 1]),
    tf.tensor1d(
      Int32Array.from({ length: n }, (_, i) => i % 10),
      "int32",
    ),
  ],
  loss: crossEntropy,
};

const gpt: Workload = {
  name: "gpt",
  title: "vocabulary 65, context 64, width 128, 4 heads, 4 blocks, batch 8",
  batchSize: 8,
  createModel: (rngs) => new GPT({ rngs }),
  createBatch: (_, n) => [tf.ones([n, CONTEXT], "int32"), tf.ones([n, CONTEXT], "int32")],
  loss: crossEntropy,
};

/** All of them, the smallest first. */
export const WORKLOADS = { guide, mlp, cnn, gpt } as const;

/** The name of a workload. */
export type WorkloadName = keyof typeof WORKLOADS;
