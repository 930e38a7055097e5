/** @file The guide's training: one model, a view to train it and a view to evaluate it. */
import { jit } from "@nnx-js/jit";
import { Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { MyModel } from "./model.ts";

/** Sizes of the guide's data and model, and how the model is trained. */
export const GUIDE = {
  inDim: 16,
  hiddenDim: 32,
  outDim: 2,
  dropoutRate: 0.1,
  ndata: 2048,
  batchSize: 32,
  totalEpochs: 100,
  lr: 1e-3,
} as const;

/** What the training starts from; the caller disposes of every member. */
export interface GuideSetup {
  /** Gave data and weights, and gives the dropout masks. */
  rngs: Rngs;
  /** [ndata, inDim]: noise. */
  x: tf.Tensor;
  /** [ndata, outDim]: more noise, so that the model can only learn to answer nothing. */
  y: tf.Tensor;
  model: MyModel;
  optimizer: Optimizer<MyModel>;
}

/** Data, model and optimiser, all from one seed. */
export function setUpGuide(seed = 0): GuideSetup {
  const { inDim, hiddenDim, outDim, dropoutRate, ndata, lr } = GUIDE;
  const rngs = new Rngs(seed);
  const x = rngs.normal([ndata, inDim]);
  const y = rngs.normal([ndata, outDim]);
  const model = new MyModel(inDim, hiddenDim, outDim, dropoutRate, { rngs });
  const optimizer = new Optimizer(model, adam(lr), { wrt: Param });
  return { rngs, x, y, model, optimizer };
}

/** One step of Adam on the mean squared error; returns the loss before the step. */
export function plainTrainStep(
  model: MyModel,
  optimizer: Optimizer<MyModel>,
  x: tf.Tensor,
  y: tf.Tensor,
  rngs: Rngs,
): tf.Tensor {
  const lossFn = (model: MyModel) => tf.mean(tf.square(tf.sub(model.forward(x, { rngs }), y)));
  const [loss, grads] = valueAndGrad(lossFn)(model);
  optimizer.update(model, grads);
  return loss;
}

/** {@link plainTrainStep}, compiled. */
export const trainStep = jit(plainTrainStep, { name: "trainStep" });

/** The mean squared error. */
const evalStep = jit((model: MyModel, x: tf.Tensor, y: tf.Tensor) =>
  tf.mean(tf.square(tf.sub(model.forward(x), y))),
);

/** Length of a training run, and who is told about it. */
export interface TrainOptions {
  /** Passes over the data, the guide's 100 unless given. */
  epochs?: number | undefined;
  /** Told the eval loss after every epoch, counted from 1. */
  onEpoch?: ((epoch: number, evalLoss: number) => void) | undefined;
  /** Told the loss of every step, counted from 0. Each is read from the device: leave it out where speed counts. */
  onStep?: ((step: number, loss: number) => void) | undefined;
}

/** Trains the model in place; returns the eval loss after every epoch. */
export async function trainGuide(setup: GuideSetup, options: TrainOptions = {}): Promise<number[]> {
  const { rngs, x, y, model, optimizer } = setup;
  const { epochs = GUIDE.totalEpochs, onEpoch, onStep } = options;
  const { inDim, outDim, ndata, batchSize } = GUIDE;
  const trainModel = view(model, { deterministic: false });
  const evalModel = view(model, { deterministic: true });

  const evalResults: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < ndata / batchSize; i++) {
      using xb = tf.slice(x, [i * batchSize, 0], [batchSize, inDim]);
      using yb = tf.slice(y, [i * batchSize, 0], [batchSize, outDim]);
      using loss = trainStep(trainModel, optimizer, xb, yb, rngs);
      onStep?.((epoch * ndata) / batchSize + i, (await loss.data())[0]!);
    }
    using loss = evalStep(evalModel, x, y);
    const evalLoss = (await loss.data())[0]!;
    evalResults.push(evalLoss);
    onEpoch?.(epoch + 1, evalLoss);
  }
  return evalResults;
}
