/** @file The model of the guide, trained eagerly and compiled, as a user writes it in plain JavaScript. */
import { jit } from "@nnx-js/jit";
import { BatchNorm, Dropout, Linear, Module, Param, Rngs, relu, valueAndGrad } from "@nnx-js/nn";
import { Optimizer, adam } from "@nnx-js/optim";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";

const [SAMPLES, BATCH, IN, HIDDEN, OUT] = [2048, 32, 16, 32, 2];
/** Steps of an epoch. */
const STEPS = SAMPLES / BATCH;

class MyModel extends Module {
  constructor(rngs) {
    super();
    this.lin1 = new Linear(IN, HIDDEN, { rngs });
    this.do = new Dropout(0.1);
    this.bn = new BatchNorm(HIDDEN, { rngs });
    this.lin2 = new Linear(HIDDEN, OUT, { rngs });
  }

  forward(x, { rngs } = {}) {
    return this.lin2.forward(relu(this.do.forward(this.bn.forward(this.lin1.forward(x)), { rngs })));
  }
}

function plainStep(model, optimizer, x, y, rngs) {
  const lossOf = (model) => tf.mean(tf.square(tf.sub(model.forward(x, { rngs }), y)));
  const [loss, gradient] = valueAndGrad(lossOf)(model);
  optimizer.update(model, gradient);
  return loss;
}

const evalLoss = (model, x, y) => tf.mean(tf.square(tf.sub(model.forward(x), y)));

/** A training that goes on step by step; data, weights and dropout masks are those of Flax for the same seed. */
export class Guide {
  constructor(options) {
    const rngs = new Rngs(0);
    this.rngs = rngs;
    this.x = rngs.normal([SAMPLES, IN]);
    this.y = rngs.normal([SAMPLES, OUT]);
    this.model = new MyModel(rngs);
    this.optimizer = new Optimizer(this.model, adam(1e-3), { wrt: Param });
    this.training = view(this.model, { deterministic: false });
    this.evaluation = view(this.model, { deterministic: true });
    this.steps = 0;
    this.compiled = { step: jit(plainStep, options), evaluate: jit(evalLoss, options) };
    this.eager = {
      step: (...args) => tf.tidy(() => plainStep(...args)),
      evaluate: (...args) => tf.tidy(() => evalLoss(...args)),
    };
  }

  /** What is to be saved. */
  get state() {
    return { model: this.model, optimizer: this.optimizer, rngs: this.rngs };
  }

  /** One step; answers its loss, a tensor. */
  step({ step } = this.compiled) {
    const from = (this.steps++ % STEPS) * BATCH;
    const [x, y] = [tf.slice(this.x, [from, 0], [BATCH, IN]), tf.slice(this.y, [from, 0], [BATCH, OUT])];
    const loss = step(this.training, this.optimizer, x, y, this.rngs);
    tf.dispose([x, y]);
    return loss;
  }

  /** The losses of so many steps. */
  async losses(count, how) {
    const losses = [];
    for (let i = 0; i < count; i++) losses.push(await numberOf(this.step(how)));
    return losses;
  }

  /** The loss of the eval view on all samples. */
  evaluate({ evaluate } = this.compiled) {
    return numberOf(evaluate(this.evaluation, this.x, this.y));
  }

  dispose() {
    for (const part of [this.x, this.y, this.model, this.optimizer, this.rngs]) part.dispose();
    for (const fn of Object.values(this.compiled)) fn.dispose();
  }
}

/** The number that a tensor holds, which is disposed of. */
export async function numberOf(tensor) {
  const [number] = await tensor.data();
  tensor.dispose();
  return number;
}
