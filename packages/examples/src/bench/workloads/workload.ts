/** @file What a workload is: a model, a loss, a batch, and the training step made of them. */
import { iterVariables, type Module, Param, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";

/** What the forward pass of a workload's model takes beside its input. */
export interface ForwardOptions {
  /** Gives the dropout masks. */
  readonly rngs?: Rngs | undefined;
}

/** A model of a workload. */
export interface Trainee extends Module {
  forward(x: tf.Tensor, options?: ForwardOptions): tf.Tensor;
}

/** A training step to time. */
export interface Workload {
  /** As the command line names it. */
  readonly name: string;
  /** Its sizes, for the heading of a table. */
  readonly title: string;
  /** Rows in a batch. */
  readonly batchSize: number;
  readonly createModel: (rngs: Rngs) => Trainee;
  /** A batch: what goes in, and what should come out. */
  readonly createBatch: (rngs: Rngs, batchSize: number) => [x: tf.Tensor, y: tf.Tensor];
  /** Of what comes out and what should, a scalar. */
  readonly loss: (prediction: tf.Tensor, y: tf.Tensor) => tf.Tensor;
}

/** Learning rate of Adam in every workload. */
export const LEARNING_RATE = 1e-3;

/** What a training step takes. Always the same for the same seed. */
export interface Setup {
  readonly model: Trainee;
  readonly optimizer: Optimizer<Trainee>;
  readonly rngs: Rngs;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
}

/** Model, optimiser and one batch; {@link tearDown} frees them. */
export function setUp(workload: Workload, { seed = 0, batchSize = workload.batchSize } = {}): Setup {
  const rngs = new Rngs(seed);
  const model = workload.createModel(rngs);
  const [x, y] = workload.createBatch(rngs, batchSize);
  const optimizer = new Optimizer(model, adam(LEARNING_RATE), { wrt: Param });
  return { model, optimizer, rngs, x, y };
}

/** Frees everything of `setup`. */
export function tearDown({ model, optimizer, rngs, x, y }: Setup): void {
  for (const part of [model, optimizer, rngs, x, y]) part.dispose();
}

/** The function that makes one step of Adam and returns the loss before it. */
export function stepOf({ loss }: Workload) {
  return function trainStep(
    model: Trainee,
    optimizer: Optimizer<Trainee>,
    x: tf.Tensor,
    y: tf.Tensor,
    rngs: Rngs,
  ): tf.Tensor {
    const lossFn = (model: Trainee) => loss(model.forward(x, { rngs }), y);
    const [value, grads] = valueAndGrad(lossFn)(model);
    optimizer.update(model, grads);
    return value;
  };
}

/** Bytes of all Variables of a setup: weights, statistics, the optimiser's state, random counters. */
export function stateBytes({ model, optimizer, rngs }: Setup): number {
  const variables = new Set(
    [model, optimizer, rngs].flatMap((part) => [...iterVariables(part)].map(([, variable]) => variable)),
  );
  let bytes = 0;
  for (const { shape } of variables) bytes += 4 * shape.reduce((size, n) => size * n, 1);
  return bytes;
}
