/** @file The guide's training step in `@tensorflow/tfjs-layers`. */
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import type { PerceptronContender, Weights } from "./contender.ts";

/** A `Sequential` model with the same layers, compiled with Adam. */
export function tfjsLayers(initial: Weights, dropoutRate: number, learningRate: number): PerceptronContender {
  const [inDim, hiddenDim] = initial.kernel1.shape as [number, number];
  const [outDim] = initial.bias2.shape as [number];
  const model = layers.sequential({
    layers: [
      layers.layers.dense({ units: hiddenDim, inputShape: [inDim] }),
      layers.layers.batchNormalization({ momentum: 0.99, epsilon: 1e-5 }),
      layers.layers.dropout({ rate: dropoutRate }),
      layers.layers.activation({ activation: "relu" }),
      layers.layers.dense({ units: outDim }),
    ],
  });
  const { kernel1, bias1, scale, offset, kernel2, bias2, mean, variance } = initial;
  model.setWeights([kernel1, bias1, scale, offset, kernel2, bias2, mean, variance]);
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  model.compile({ optimizer, loss: "meanSquaredError" });
  return {
    name: "@tensorflow/tfjs-layers",
    async step(x, y) {
      await model.trainOnBatch(x, y);
    },
    // The loss is read in each step.
    finish: () => Promise.resolve(),
    weights() {
      const [kernel1, bias1, scale, offset, kernel2, bias2, mean, variance] = model.getWeights();
      return { kernel1, bias1, scale, offset, kernel2, bias2, mean, variance } as Weights;
    },
    dispose() {
      model.dispose();
      optimizer.dispose();
    },
  };
}
