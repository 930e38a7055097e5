/** @file Modules for tests: a small model with everything that is written in a training step, and some that only hold something. */
import { BatchNorm, Dropout, Linear, Module, Param, relu, Rngs, valueAndGrad } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";

/** [n, 4] → [n, 2]. */
export class Model extends Module {
  readonly lin1: Linear;
  readonly norm: BatchNorm;
  readonly dropout = new Dropout(0.1);
  readonly lin2: Linear;

  constructor({ rngs }: { rngs: Rngs }) {
    super();
    // A bias before a BatchNorm has no gradient but rounding errors, which Adam would blow up to whole steps.
    this.lin1 = new Linear(4, 8, { useBias: false, rngs });
    this.norm = new BatchNorm(8, { rngs });
    this.lin2 = new Linear(8, 2, { rngs });
  }

  forward(x: tf.Tensor, { rngs }: { rngs?: Rngs | undefined } = {}): tf.Tensor {
    return this.lin2.forward(relu(this.dropout.forward(this.norm.forward(this.lin1.forward(x)), { rngs })));
  }
}

/** What a training starts from. */
export interface Setup {
  readonly rngs: Rngs;
  readonly model: Model;
  readonly optimizer: Optimizer<Model>;
}

/** The same weights for the same seed. */
export function setUp(seed = 0): Setup {
  const rngs = new Rngs(seed);
  const model = new Model({ rngs });
  return { rngs, model, optimizer: new Optimizer(model, adam(1e-2), { wrt: Param }) };
}

/** One step of Adam on the mean squared error. */
export function step(
  model: Model,
  optimizer: Optimizer<Model>,
  x: tf.Tensor,
  y: tf.Tensor,
  rngs: Rngs,
): tf.Tensor {
  const lossFn = (model: Model) => tf.mean(tf.square(tf.sub(model.forward(x, { rngs }), y)));
  const [loss, grads] = valueAndGrad(lossFn)(model);
  optimizer.update(model, grads);
  return loss;
}

/** A Module with a number. */
export class ModuleK extends Module {
  k: number;
  constructor(k: number) {
    super();
    this.k = k;
  }
}

/** A Module with anything. */
export class ModuleWith extends Module {
  inner: unknown;
  constructor(inner: unknown) {
    super();
    this.inner = inner;
  }
}
