/** @file The guide's training with two views, line by line. */
import { jit } from "@nnx-js/jit";
import { grad, Param, Rngs } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { MyModel } from "../model.ts";

/** Trains as the guide does, for `totalEpochs` epochs; returns the eval loss after each. */
export async function trainWithTwoViews(totalEpochs = 100): Promise<number[]> {
  const [inDim, hiddenDim, outDim] = [16, 32, 2];
  const [ndata, batchSize, lr] = [2048, 32, 1e-3];
  using rngs = new Rngs(0);
  using x = rngs.normal([ndata, inDim]);
  using y = rngs.normal([ndata, outDim]);

  const trainStep = jit(
    (model: MyModel, optimizer: Optimizer<MyModel>, x: tf.Tensor, y: tf.Tensor, rngs: Rngs) => {
      const lossFn = (model: MyModel) => tf.mean(tf.square(tf.sub(model.forward(x, { rngs }), y)));
      optimizer.update(model, grad(lossFn)(model));
    },
  );
  const evalStep = jit((model: MyModel, x: tf.Tensor, y: tf.Tensor) =>
    tf.mean(tf.square(tf.sub(model.forward(x), y))),
  );

  using model = new MyModel(inDim, hiddenDim, outDim, 0.1, { rngs });
  using optimizer = new Optimizer(model, adam(lr), { wrt: Param });
  const trainModel = view(model, { deterministic: false });
  const evalModel = view(model, { deterministic: true });

  const evalResults: number[] = [];
  for (let epoch = 0; epoch < totalEpochs; epoch++) {
    for (let i = 0; i < ndata / batchSize; i++) {
      using xb = tf.slice(x, [i * batchSize, 0], [batchSize, inDim]);
      using yb = tf.slice(y, [i * batchSize, 0], [batchSize, outDim]);
      trainStep(trainModel, optimizer, xb, yb, rngs);
    }
    using loss = evalStep(evalModel, x, y);
    evalResults.push((await loss.data())[0]!);
  }
  return evalResults;
}
