/** @file MAML: weights from which a few steps of gradient descent lead to any of many tasks. */
import { jit } from "@nnx-js/jit";
import { Linear, Module, Param, relu, type Rngs, scan, state, valueAndGrad, vmap } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { sinusoids, type Tasks } from "./tasks.ts";

/** The weights that every task begins with. */
export class Regressor extends Module {
  readonly lin1: Linear;
  readonly lin2: Linear;
  readonly lin3: Linear;

  constructor({ width = 40, rngs }: { width?: number; rngs: Rngs }) {
    super();
    this.lin1 = new Linear(1, width, { rngs });
    this.lin2 = new Linear(width, width, { rngs });
    this.lin3 = new Linear(width, 1, { rngs });
  }
}

/** Kernels and biases in turn: weights of one task, which are no Variables. */
type Weights = readonly tf.Tensor[];

function weightsOf({ lin1, lin2, lin3 }: Regressor): Weights {
  return [lin1, lin2, lin3].flatMap(({ kernel, bias }) => [kernel.value, bias!.value]);
}

function predict(weights: Weights, x: tf.Tensor): tf.Tensor {
  let h = x;
  for (let i = 0; i < weights.length; i += 2) {
    h = tf.add(tf.matMul(i === 0 ? h : relu(h), weights[i]!), weights[i + 1]!);
  }
  return h;
}

const loss = (weights: Weights, x: tf.Tensor, y: tf.Tensor) =>
  tf.mean<tf.Scalar>(tf.square(tf.sub(predict(weights, x), y)));

/** Weights after `steps` steps of gradient descent on the points of one task. */
function adapted(weights: Weights, x: tf.Tensor, y: tf.Tensor, { steps, rate }: Inner): Weights {
  const step = (current: Weights): [Weights, tf.Tensor[]] => {
    const gradients = tf.grads((...given) => loss(given, x, y))([...current]);
    return [current.map((weight, i) => tf.sub(weight, tf.mul(gradients[i]!, rate))), []];
  };
  const [last] = scan(step, weights, undefined, { length: steps });
  return last;
}

/** How a task is learnt. */
export interface Inner {
  readonly steps: number;
  readonly rate: number;
}

/** The loss on the other points of each task, after its steps: `[tasks]`. */
export function lossesAfter(model: Regressor, { x, y, queryX, queryY }: Tasks, inner: Inner): tf.Tensor {
  const ofTask = (m: Regressor, ...[taskX, taskY, otherX, otherY]: tf.Tensor[]) =>
    loss(adapted(weightsOf(m), taskX!, taskY!, inner), otherX!, otherY!);
  return vmap(ofTask, { inAxes: [null, 0, 0, 0, 0] })(model, x, y, queryX, queryY);
}

/** Trains on new tasks at each step; the mean loss after adapting, for each step. */
export async function trainMaml(
  model: Regressor,
  rngs: Rngs,
  { steps, tasks = 25, inner }: { steps: number; tasks?: number; inner: Inner },
): Promise<number[]> {
  using optimizer = new Optimizer(model, adam(1e-3), { wrt: Param });
  using step = jit((m: Regressor, optimizer: Optimizer<Regressor>, batch: Tasks) => {
    const [value, grads] = valueAndGrad((m: Regressor) => tf.mean(lossesAfter(m, batch, inner)))(m);
    optimizer.update(m, grads);
    return value;
  });
  const losses: tf.Tensor[] = [];
  for (let i = 0; i < steps; i++) {
    const batch = sinusoids(rngs, tasks);
    losses.push(step(model, optimizer, batch));
    tf.dispose(batch);
  }
  const values = await Promise.all(losses.map((value) => value.data()));
  tf.dispose(losses);
  return values.map((value) => value[0]!);
}

/** How many weights there are. */
export function sizeOf(model: Regressor): number {
  return state(model, Param).entries.reduce((size, [, param]) => size + param.size, 0);
}
