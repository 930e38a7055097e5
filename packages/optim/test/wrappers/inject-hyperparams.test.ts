/** @file Hyperparameters as state. */
import { Module, Param, State } from "@nnx-js/nn";
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  decayMask,
  type GradientTransformation,
  type Hyperparameter,
  injectHyperparams,
  type LearningRate,
  linearSchedule,
  MultiSteps,
  Optimizer,
  partition,
  sgd,
  type Tree,
} from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Model extends Module {
  readonly w = new Param(tf.tensor1d([1]));
}

const one = () => new State([[["w"], new Param(tf.tensor1d([1]))]]);

/** The update of a parameter 2 for a gradient of 1. */
function update(tx: GradientTransformation): number {
  const params: Tree = { kernel: tf.scalar(2) };
  const [{ kernel }] = tx.update({ kernel: tf.scalar(1) }, tx.init(params), params);
  return kernel.dataSync()[0]!;
}

describe("injectHyperparams", () => {
  test("hands a learning rate and options to factories like sgd, and one object to others", () => {
    const named = ({ learningRate, maxNorm }: { learningRate: LearningRate; maxNorm: Hyperparameter }) =>
      chain(clipByGlobalNorm(maxNorm), sgd(learningRate));
    const read = (options: { learningRate: LearningRate }) => sgd(options.learningRate);
    const spread = ({ ...options }: { learningRate: LearningRate }) => sgd(options.learningRate);
    const optional = (learningRate: LearningRate = 1, { momentum }: { momentum?: Hyperparameter } = {}) =>
      sgd(learningRate, { momentum });
    expect(update(injectHyperparams(sgd)({ learningRate: 0.5 }))).toBe(-0.5);
    expect(update(injectHyperparams(named)({ learningRate: 2, maxNorm: 0.25 }))).toBe(-0.5);
    expect(update(injectHyperparams(read)({ learningRate: 0.5 }))).toBe(-0.5);
    expect(update(injectHyperparams(spread)({ learningRate: 0.5 }))).toBe(-0.5);
    expect(update(injectHyperparams(optional)({ learningRate: 0.5, momentum: 0.5 }))).toBe(-0.5);
    expect(update(injectHyperparams(optional)({ momentum: 0.5 }))).toBe(-1);
  });

  test("takes masks as they are, and other functions as schedules unless told otherwise", () => {
    const decays = injectHyperparams(adamw)({ learningRate: 0.5, weightDecay: 1, mask: decayMask });
    expect(update(decays)).toBeCloseTo(-0.5, 5);
    const everything = injectHyperparams(adamw)({ learningRate: 0.5, weightDecay: 1, mask: () => true });
    expect(update(everything)).toBeCloseTo(-1.5, 5);
    let times: unknown;
    const make = ({ rate, repeat }: { rate: Hyperparameter; repeat: number }) => {
      times = repeat;
      return sgd(rate);
    };
    injectHyperparams(make, { staticArgs: ["repeat"] })({ rate: 1, repeat: 3 }).init({});
    expect(times).toBe(3);
  });

  test("has the numbers that were given in its state, with the values of schedules", () => {
    const tx = injectHyperparams(adam)({ learningRate: linearSchedule(1, 0, 4), b1: 0.5 });
    let state = tx.init({ w: tf.scalar(1) });
    const seen = [state.hyperparams.learningRate.dataSync()[0]];
    for (let i = 0; i < 3; i++) {
      [, state] = tx.update({ w: tf.scalar(1) }, state);
      seen.push(state.hyperparams.learningRate.dataSync()[0]);
    }
    expect(seen).toEqual([1, 1, 0.75, 0.5]);
    expect(Object.keys(state.hyperparams)).toEqual(["b1", "learningRate"]);
    expect(state.count.dataSync()[0]).toBe(3);
  });

  test("lets the optState of an Optimizer be set, below other wrappers too", async () => {
    const model = new Model();
    const tx = partition([[true, new MultiSteps(injectHyperparams(sgd)({ learningRate: 0.5 }), 1)]]);
    const optimizer = new Optimizer(model, tx, { wrt: Param });
    const { learningRate } = optimizer.optState.innerStates[0].innerOptState.hyperparams;
    optimizer.update(model, one());
    expect(model.w.value.dataSync()[0]).toBe(0.5);
    learningRate.value = tf.scalar(0.25);
    optimizer.update(model, one());
    optimizer.update(model, one());
    expect(model.w.value.dataSync()[0]).toBe(0);
    await expectNoLeak(() => {
      using grads = one();
      optimizer.update(model, grads);
    }, 4);
  });

  test("refuses what is no object, and what a factory refuses, in the factory's words", () => {
    // @ts-expect-error no object
    expect(() => injectHyperparams(sgd)(0.1)).toThrow(/an object of hyperparameters, got 0\.1/);
    // @ts-expect-error no function
    expect(() => injectHyperparams(sgd(0.1))).toThrow(/injectHyperparams\(sgd\)\(\{ learningRate: 0\.1 \}\)/);
    const tx = injectHyperparams(sgd)({ learningRate: () => tf.ones([2]) });
    expect(() => tx.init({})).toThrow(/learningRate: expected the schedule to return a number or a scalar/);
  });
});
