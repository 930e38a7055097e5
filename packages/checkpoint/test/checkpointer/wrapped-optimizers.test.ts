/** @file Optimisers with wrappers, saved between two steps: what is resumed goes on bit for bit. */
import { loadModel } from "@nnx-js/checkpoint";
import {
  BatchNorm,
  Linear,
  Param,
  PathContains,
  Rngs,
  Sequential,
  valueAndGrad,
  variables,
} from "@nnx-js/nn";
import {
  adam,
  adamw,
  addNoise,
  applyEvery,
  applyIfFinite,
  chain,
  clipByGlobalNorm,
  conditionallyMask,
  conditionallyTransform,
  cosineDecaySchedule,
  decayMask,
  ema,
  flatten,
  freeze,
  type GradientTransformation,
  injectHyperparams,
  linearSchedule,
  lookahead,
  masked,
  MultiSteps,
  namedChain,
  Optimizer,
  partition,
  reduceOnPlateau,
  scale,
  setToZero,
  sgd,
  skipNotFinite,
  treeMapWithPath,
  zeroNans,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { saved } from "../model/in-memory.ts";

const biases: Parameters<typeof masked>[1] = (params) =>
  treeMapWithPath((path) => path.at(-1) === "bias", params);

const cases: Readonly<Record<string, () => GradientTransformation>> = {
  masked: () => chain(masked(ema(0.9), biases), adamw(0.1, { mask: decayMask }), freeze(biases)),
  "partition by filters": () =>
    partition([
      [PathContains(0), setToZero()],
      [PathContains("bias"), sgd(0.1, { momentum: 0.9 })],
      [true, chain(clipByGlobalNorm(1), adam(cosineDecaySchedule(0.1, 8)))],
    ]),
  "partition by labels": () =>
    partition({ a: adam(0.1), b: sgd(0.1) }, (params) =>
      treeMapWithPath((path) => (path.at(-1) === "bias" ? "a" : "b"), params),
    ),
  namedChain: () => namedChain(["clip", clipByGlobalNorm(1)], ["adam", adam(0.1)]),
  MultiSteps: () => new MultiSteps(adam(0.1), 3, { shouldSkipUpdateFn: skipNotFinite }),
  "MultiSteps of groups": () =>
    new MultiSteps(
      partition([
        [PathContains("bias"), sgd(0.1)],
        [true, adam(0.1)],
      ]),
      (step) => tf.where(tf.less(step, 1), 2, 3),
    ),
  applyIfFinite: () => applyIfFinite(adam(0.1), 3),
  injectHyperparams: () =>
    injectHyperparams(adamw)({ learningRate: linearSchedule(0.1, 0.01, 6), b1: 0.8, weightDecay: 0.1 }),
  lookahead: () => lookahead(adam(0.1), 3, 0.5, { resetState: true }),
  reduceOnPlateau: () => chain(sgd(0.1), reduceOnPlateau({ patience: 1, accumulationSize: 2, cooldown: 1 })),
  conditionally: () =>
    chain(
      conditionallyTransform(scale(2), (step) => tf.greater(step, 4)),
      conditionallyMask(adam(0.1), (step) => tf.notEqual(step, 2)),
    ),
  "noise, means and gathering": () =>
    chain(zeroNans(), addNoise(0.01, 0.55, 7), ema(0.5), applyEvery(2), flatten(sgd(0.1, { momentum: 0.9 }))),
};

function makeRun(tx: GradientTransformation, seed: number) {
  const rngs = new Rngs(seed);
  const model = new Sequential(
    new Linear(3, 4, { rngs }),
    new BatchNorm(4, { rngs }),
    new Linear(4, 1, { rngs }),
  );
  return { model, optimizer: new Optimizer(model, tx, { wrt: Param }), rngs };
}
type Run = ReturnType<typeof makeRun>;

function train({ model, optimizer, rngs }: Run, steps: number): void {
  for (let i = 0; i < steps; i++) {
    tf.tidy(() => {
      const x = rngs.normal([4, 3]);
      const [value, grads] = valueAndGrad((net: Run["model"]) => tf.mean(tf.square(net.forward(x))))(model);
      optimizer.update(model, grads, { value });
    });
  }
}

const valuesOf = (run: Run) =>
  [...variables(run)].map(([path, { value }]) => [path.join("."), value.dtype, ...value.dataSync()]);

test.each(Object.entries(cases))("%s", async (_name, make) => {
  const [unbroken, first, second] = [makeRun(make(), 0), makeRun(make(), 0), makeRun(make(), 1)];
  train(unbroken, 9);
  train(first, 4);
  await loadModel(second, await saved(first));
  expect(valuesOf(second)).toEqual(valuesOf(first));
  train(second, 5);
  expect(valuesOf(second)).toEqual(valuesOf(unbroken));
});
