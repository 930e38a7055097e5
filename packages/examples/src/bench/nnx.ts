/** @file The guide's training step as the guide writes it. */
import { Param, Rngs } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { MyModel } from "../guide/model.ts";
import { GUIDE, plainTrainStep, trainStep } from "../guide/training.ts";
import { type Contender, type Weights, weightsOf } from "./contender.ts";

/** A module, a view to train it and an optimiser, run operation by operation. */
export function nnx(initial: Weights, dropoutRate: number, learningRate: number): Contender {
  return contender("nnx-js", initial, dropoutRate, learningRate, (...args) =>
    tf.tidy(() => plainTrainStep(...args)),
  );
}

/** The same, compiled. */
export function nnxJit(initial: Weights, dropoutRate: number, learningRate: number): Contender {
  return contender("nnx-js, jit", initial, dropoutRate, learningRate, trainStep);
}

function contender(
  name: string,
  initial: Weights,
  dropoutRate: number,
  learningRate: number,
  step: typeof plainTrainStep,
): Contender {
  const { inDim, hiddenDim, outDim } = GUIDE;
  const rngs = new Rngs(0);
  const model = new MyModel(inDim, hiddenDim, outDim, dropoutRate, { rngs });
  model.lin1.kernel.value = initial.kernel1.clone();
  model.lin1.bias!.value = initial.bias1.clone();
  model.bn.scale!.value = initial.scale.clone();
  model.bn.bias!.value = initial.offset.clone();
  model.lin2.kernel.value = initial.kernel2.clone();
  model.lin2.bias!.value = initial.bias2.clone();
  model.bn.mean.value = initial.mean.clone();
  model.bn.var.value = initial.variance.clone();
  const optimizer = new Optimizer(model, adam(learningRate), { wrt: Param });
  const trainModel = view(model, { deterministic: false });
  return {
    name,
    step(x, y) {
      step(trainModel, optimizer, x, y, rngs).dispose();
    },
    weights: () => weightsOf(model),
    dispose() {
      for (const part of [model, optimizer, rngs]) part.dispose();
    },
  };
}
