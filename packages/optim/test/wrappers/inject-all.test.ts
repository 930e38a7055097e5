/** @file Every number of every optimiser can be injected: the updates are those of the plain optimiser. */
import * as optim from "@nnx-js/optim";
import { wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

type Numbers = Readonly<Record<string, number>>;
type Factory = (learningRate: number, options: Numbers) => optim.GradientTransformation;

const adamNumbers = { b1: 0.8, b2: 0.95, eps: 1e-6, epsRoot: 1e-4 };
const decay = { weightDecay: 0.1 };

/** Optimisers by name, with numbers that differ from their defaults. */
const optimisers: Readonly<Record<string, Numbers>> = {
  adabelief: adamNumbers,
  adadelta: { rho: 0.8, eps: 1e-5, ...decay },
  adafactor: { decayRate: 0.7, decayOffset: 0, clippingThreshold: 0.9, momentum: 0.8, weightDecayRate: 0.01 },
  adagrad: { initialAccumulatorValue: 0.2, eps: 1e-6 },
  adam: adamNumbers,
  adamax: { b1: 0.8, b2: 0.95, eps: 1e-6 },
  adamaxw: { b1: 0.8, b2: 0.95, eps: 1e-6, ...decay },
  adamw: { ...adamNumbers, ...decay },
  adan: { b1: 0.9, b2: 0.8, b3: 0.95, eps: 1e-6, epsRoot: 1e-6, ...decay },
  ademamix: { b1: 0.8, b2: 0.95, b3: 0.99, alpha: 3, eps: 1e-6, epsRoot: 1e-4, ...decay },
  adopt: { b1: 0.8, b2: 0.95, eps: 1e-5 },
  amsgrad: adamNumbers,
  cocob: { alpha: 90, eps: 1e-6, ...decay },
  fromage: { minNorm: 1e-5 },
  lamb: { ...adamNumbers, ...decay },
  lars: { weightDecay: 0.1, trustCoefficient: 0.01, eps: 1e-4, momentum: 0.8 },
  lion: { b1: 0.8, b2: 0.95, ...decay },
  madgrad: { momentum: 0.8, eps: 1e-5, ...decay },
  momo: { beta: 0.8, lowerBound: 0.1, weightDecay: 0.1 },
  momoAdam: { b1: 0.8, b2: 0.95, eps: 1e-6, lowerBound: 0.1, weightDecay: 0.1 },
  muon: {
    beta: 0.9,
    eps: 1e-7,
    ...decay,
    adamB1: 0.8,
    adamB2: 0.95,
    adamEpsRoot: 1e-6,
    adamWeightDecay: 0.05,
  },
  nadam: adamNumbers,
  nadamw: { ...adamNumbers, ...decay },
  noisySgd: { eta: 0.1, gamma: 0.6 },
  novograd: { b1: 0.8, b2: 0.5, eps: 1e-5, epsRoot: 1e-4, ...decay },
  optimisticAdamV2: { alpha: 0.9, beta: 0.8, ...adamNumbers },
  optimisticGradientDescent: { alpha: 0.9, beta: 0.8 },
  prodigy: { eps: 1e-6, estimLr0: 1e-2, estimLrCoef: 0.9, ...decay },
  dadaptAdamw: { eps: 1e-6, estimLr0: 1e-2, ...decay },
  radam: { b1: 0.8, b2: 0.95, eps: 1e-6, epsRoot: 1e-4, threshold: 4 },
  rmsprop: { decay: 0.8, eps: 1e-6, initialScale: 0.1, momentum: 0.8 },
  rprop: { etaMinus: 0.4, etaPlus: 1.1, minStepSize: 1e-5, maxStepSize: 10 },
  sgd: { momentum: 0.8 },
  signSgd: {},
  signum: { beta: 0.8 },
  sm3: { momentum: 0.8 },
  yogi: { b1: 0.8, b2: 0.95, eps: 1e-3 },
};

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** The parameters after some updates. */
function trained(tx: optim.GradientTransformation): number[] {
  let params: { w: tf.Tensor; b: tf.Tensor } = { w: wave([3, 2]), b: wave([3], 1, 0.5) };
  let state = tx.init(params);
  for (let t = 0; t < 5; t++) {
    const grads = { w: wave([3, 2], 1, t), b: wave([3], 1, 0.9 + t) };
    const [updates, next] = tx.update(grads, state, params, { value: tf.scalar(3 - t / 4) });
    [params, state] = [optim.applyUpdates(params, updates), next];
  }
  return [...params.w.dataSync(), ...params.b.dataSync()];
}

test.each(Object.entries(optimisers))("%s", (name, numbers) => {
  // The table names exported optimisers.
  const make = optim[name as keyof typeof optim] as unknown as Factory;
  const plain = trained(make(0.02, numbers));
  const inject = optim.injectHyperparams(make as unknown as typeof optim.adam);
  const injected = trained(inject({ learningRate: 0.02, ...numbers } as never));
  expect(plain.some((x) => Number.isFinite(x))).toBe(true);
  for (const [i, x] of plain.entries()) expect(injected[i], `element ${i}`).toBeCloseTo(x, 5);
});
