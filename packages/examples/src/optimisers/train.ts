/** @file A run: an optimiser learns the task. */
import { jit } from "@nnx-js/jit";
import { clone, grad, Param, Rngs, state, toPureDict, update, valueAndGrad } from "@nnx-js/nn";
import { Optimizer, scheduleFreeEvalParams } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy } from "../digits/loss.ts";
import type { Entry } from "./catalogue.ts";
import { Perceptron, type Task } from "./task.ts";

/** Steps between two losses of a curve. */
export const EVERY = 5;

/** What came of a run. */
export interface Run {
  /** The loss over all pictures, at the beginning and after every fifth step. */
  readonly losses: readonly number[];
  /** The time that the fastest tenth of the steps keeps to, in milliseconds: what else runs disturbs it least. */
  readonly milliseconds: number;
}

/** Trains from the same weights with the same batches, with `rate` or that of the entry. */
export function train(entry: Entry, { all, batches }: Task, rate = entry.rate): Run {
  const model = new Perceptron({ rngs: new Rngs(0) });
  const optimizer = new Optimizer(model, entry.make(rate), { wrt: Param });
  const compiled = jit(step, { name: entry.name });
  const evaluate = jit(lossOf, { name: "evaluate" });
  const losses: number[] = [];
  const times: number[] = [];

  const look = () => {
    const averaged = atAverage(model, optimizer);
    losses.push(scalar(evaluate(averaged, all.images, all.labels)));
    if (averaged !== model) averaged.dispose();
  };
  look();
  batches.slice(0, entry.steps).forEach((batch, i) => {
    const { images, labels } = entry.whole ? all : batch;
    const start = performance.now();
    if (entry.eager) tf.tidy(() => step(model, optimizer, images, labels));
    else compiled(model, optimizer, images, labels);
    times.push(performance.now() - start);
    if ((i + 1) % EVERY === 0) look();
  });
  for (const part of [compiled, evaluate, optimizer, model]) part.dispose();
  return { losses, milliseconds: fastest(times) };
}

function lossOf(net: Perceptron, images: tf.Tensor, labels: tf.Tensor1D): tf.Scalar {
  return crossEntropy(net.forward(images), labels);
}

/** Tells the optimiser all that any of them asks for; what it does not use is not compiled. */
function step(
  net: Perceptron,
  optimizer: Optimizer<Perceptron>,
  images: tf.Tensor,
  labels: tf.Tensor1D,
): void {
  const loss = (net: Perceptron) => lossOf(net, images, labels);
  const [value, grads] = valueAndGrad(loss)(net);
  optimizer.update(net, grads, { value, valueFn: loss, gradFn: (net) => grad(loss)(net) });
}

/** The model to evaluate: schedule-free ones are elsewhere than where they train. */
function atAverage(model: Perceptron, optimizer: Optimizer<Perceptron>): Perceptron {
  const { optState } = optimizer;
  if (!("z" in optState && "weightSum" in optState)) return model;
  const averaged = clone(model);
  const params = scheduleFreeEvalParams(optState, toPureDict(state(model, Param)));
  update(averaged, params);
  tf.dispose(params);
  return averaged;
}

function fastest(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 10)]!;
}

function scalar(tensor: tf.Scalar): number {
  const value = tensor.dataSync()[0]!;
  tensor.dispose();
  return value;
}
