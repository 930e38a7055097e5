/** @file The guide's training step in jax-js: a pure function of its state, under jax-js's own `jit`. */
import { blockUntilReady, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs-core";
import type { PerceptronSizes } from "../workloads/all.ts";
import { LEARNING_RATE } from "../workloads/workload.ts";
import { adamState, adamUpdate } from "./jax-js-adam.ts";
import type { PerceptronContender, Weights } from "./contender.ts";

const MOMENTUM = 0.99;
const EPSILON = 1e-5;

/** jax-js takes types here, not interfaces. */
type Params = { kernel1: np.Array; bias1: np.Array; scale: np.Array; offset: np.Array } & {
  kernel2: np.Array;
  bias2: np.Array;
};
type Statistics = { mean: np.Array; variance: np.Array };

/**
 * The model by jax-js's functions. Each array that is used twice is passed on by `.ref` but the last time, as its
 * documentation asks.
 */
export async function jaxJs(
  initial: Weights,
  { dropoutRate }: PerceptronSizes,
): Promise<PerceptronContender> {
  const [params, statistics] = await parametersOf(initial);
  const forward = (params: Params, statistics: Statistics, x: np.Array, key: np.Array) => {
    const h = np.dot(x, params.kernel1).add(params.bias1);
    const mean = np.mean(h.ref, 0);
    const variance = np.mean(np.square(h.ref), 0).sub(np.square(mean.ref));
    const factor = np.reciprocal(np.sqrt(variance.ref.add(EPSILON))).mul(params.scale);
    const normalized = h.sub(mean.ref).mul(factor).add(params.offset);
    const dropped = dropout(normalized, dropoutRate, key);
    const prediction = np.dot(nn.relu(dropped), params.kernel2).add(params.bias2);
    return [
      prediction,
      { mean: moved(statistics.mean, mean), variance: moved(statistics.variance, variance) },
    ] as const;
  };
  const lossFn = (params: Params, statistics: Statistics, x: np.Array, y: np.Array, key: np.Array) => {
    const [prediction, next] = forward(params, statistics, x, key);
    return [np.mean(np.square(prediction.sub(y))), next] as [np.Array, Statistics];
  };
  const step = jit((state: ReturnType<typeof firstState>, x: np.Array, y: np.Array) => {
    const [key, nextKey] = halves(random.split(state.key));
    const [[loss, next], grads] = valueAndGrad(lossFn, { hasAux: true })(
      tree.ref(state.params),
      state.statistics,
      x,
      y,
      key,
    );
    const { params, adam } = adamUpdate(state.params, grads, state.adam, LEARNING_RATE);
    return [{ params, adam, statistics: next, key: nextKey }, loss] as [typeof state, np.Array];
  });
  const firstState = () => ({ params, statistics, adam: adamState(params), key: random.key(0) });

  let state = firstState();
  let loss: np.Array | undefined;
  // Reading a tensor is set-up: steps are timed on data that is there.
  const inputs = new Map<tf.Tensor, np.Array>();
  const read = async (tensor: tf.Tensor) => {
    if (!inputs.has(tensor)) inputs.set(tensor, await arrayOf(tensor));
  };
  const advance = (x: np.Array, y: np.Array) => {
    loss?.dispose();
    [state, loss] = step(state, x.ref, y.ref);
  };
  const copies: tf.Tensor[] = [];
  const copyOf = (array: np.Array) => {
    const copy = tf.tensor(array.ref.dataSync() as Float32Array, array.shape);
    copies.push(copy);
    return copy;
  };
  return {
    name: "jax-js, jit",
    step(x, y) {
      const [a, b] = [inputs.get(x), inputs.get(y)];
      if (a && b) return advance(a, b);
      return read(x)
        .then(() => read(y))
        .then(() => advance(inputs.get(x)!, inputs.get(y)!));
    },
    // Without it, pending operations queue up.
    finish: () => blockUntilReady([state, loss!]),
    weights() {
      const { params, statistics } = state;
      const tensors = Object.entries({ ...params, ...statistics }).map(
        ([name, array]) => [name, copyOf(array)] as const,
      );
      return Object.fromEntries(tensors) as Record<keyof Weights, tf.Tensor>;
    },
    dispose() {
      step.dispose();
      tree.dispose(state);
      loss?.dispose();
      for (const array of inputs.values()) array.dispose();
      tf.dispose(copies);
    },
  };
}

function moved(running: np.Array, batch: np.Array): np.Array {
  return running.mul(MOMENTUM).add(lax.stopGradient(batch).mul(1 - MOMENTUM));
}

function dropout(x: np.Array, rate: number, key: np.Array): np.Array {
  const keep = random.bernoulli(key, 1 - rate, x.shape);
  return np.where(keep, x.div(1 - rate), 0);
}

function halves(keys: np.Array): [np.Array, np.Array] {
  return [keys.ref.slice(0), keys.slice(1)];
}

async function arrayOf(tensor: tf.Tensor): Promise<np.Array> {
  return np.array(Float32Array.from(await tensor.data())).reshape([...tensor.shape]);
}

async function parametersOf(initial: Weights): Promise<[Params, Statistics]> {
  const params = {
    kernel1: await arrayOf(initial.kernel1),
    bias1: await arrayOf(initial.bias1),
    scale: await arrayOf(initial.scale),
    offset: await arrayOf(initial.offset),
    kernel2: await arrayOf(initial.kernel2),
    bias2: await arrayOf(initial.bias2),
  };
  return [params, { mean: await arrayOf(initial.mean), variance: await arrayOf(initial.variance) }];
}
