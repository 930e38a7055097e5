/** @file One step of training, as it is and compiled. */
import { jit } from "@nnx-js/jit";
import { valueAndGrad } from "@nnx-js/nn";
import type { Optimizer } from "@nnx-js/optim";
import type * as tf from "@tensorflow/tfjs-core";
import type { Classifier } from "./classifier.ts";
import { crossEntropy } from "./loss.ts";

/** One step of the optimiser on the cross entropy of a batch; returns the loss before the step. */
export function plainTrainStep(
  model: Classifier,
  optimizer: Optimizer<Classifier>,
  images: tf.Tensor2D,
  labels: tf.Tensor1D,
): tf.Tensor {
  const lossFn = (model: Classifier) => crossEntropy(model.forward(images), labels);
  const [loss, grads] = valueAndGrad(lossFn)(model);
  optimizer.update(model, grads);
  return loss;
}

/** {@link plainTrainStep}, compiled. */
export const trainStep = jit(plainTrainStep, { name: "trainStep" });
