/** @file Misspelt options, told where there are no types, by every optimiser, transformation and schedule. */
import * as optim from "@nnx-js/optim";
import { expect, test } from "vitest";

type AnyFunction = (...args: unknown[]) => unknown;
const all: Record<string, unknown> = optim;
const inner = optim.sgd(0.1);

/** What stands before the options. */
const first: Record<string, unknown[]> = {
  addDecayedWeights: [0.1],
  adaptiveGradClip: [0.1],
  conditionallyMask: [inner, () => true],
  conditionallyTransform: [inner, () => true],
  cosineDecaySchedule: [1, 10],
  cosineOnecycleSchedule: [10, 1],
  ema: [0.9],
  exponentialDecay: [1, 10, 0.5],
  injectHyperparams: [optim.sgd],
  linearOnecycleSchedule: [10, 1],
  linearSchedule: [1, 0, 10],
  lookahead: [inner, 5, 0.5],
  mechanize: [inner],
  normalizeByUpdateNorm: [1],
  polynomialSchedule: [1, 0, 1, 10],
  sam: [inner, inner],
  scaleByAdadelta: [],
  scaleByBacktrackingLinesearch: [10],
  scaleByDog: ["radius"],
  scaleByLearningRate: [0.1],
  scaleByMadgrad: [0.1],
  scaleByRprop: [0.1],
  scaleByZoomLinesearch: [10],
  scheduleFree: [inner, 0.1],
  trace: [0.9],
  warmupCosineDecaySchedule: [0, 1, 5, 10],
  warmupExponentialDecaySchedule: [0, 1, 5, 10, 0.5],
};
/** Those that take no options. */
const without = ["scaleBySchedule", "scaleBySign", "signSgd"];

/** Optimisers: they take a learning rate. */
const rated =
  "adabelief adadelta adafactor adagrad adam adamax adamaxw adamw adan ademamix adopt amsgrad cocob dadaptAdamw dog dowg fromage lamb lars lbfgs lion madgrad momo momoAdam muon nadam nadamw noisySgd novograd optimisticAdamV2 optimisticGradientDescent polyakSgd prodigy radam rmsprop rprop scheduleFreeAdamw scheduleFreeSgd sgd signum simplifiedAdemamix sm3 sophia yogi".split(
    " ",
  );
const names = Object.keys(all).filter(
  (name) => name in first || (/^scaleBy|^reduceOnPlateau$/.test(name) && !without.includes(name)),
);

test.each([...names, ...rated])("%s knows its options", (name) => {
  const before = first[name] ?? (rated.includes(name) ? [0.1] : []);
  expect(() => (all[name] as AnyFunction)(...before, { noSuchOption: 1 })).toThrow(
    /: unknown option noSuchOption\. There are: /,
  );
  expect(() => (all[name] as AnyFunction)(...before, null)).toThrow(
    /: expected an object of options, got null/,
  );
});

test("a misspelt option is told with its right name", () => {
  const misspelt = { wieghtDecay: 0.1 } as optim.AdamWOptions;
  expect(() => optim.adamw(1e-3, misspelt)).toThrow(
    "adamw: unknown option wieghtDecay. Did you mean weightDecay? There are: ",
  );
  const steps = { useGradMen: true } as optim.MultiStepsOptions;
  expect(() => new optim.MultiSteps(inner, 2, steps)).toThrow("MultiSteps: unknown option useGradMen.");
});

test.each(rated)("%s tells a learning rate that is none", (name) => {
  for (const rate of [{ learningRate: 0.1 }, "0.1", NaN]) {
    expect(() => (all[name] as AnyFunction)(rate)).toThrow(
      /(learningRate|maxLearningRate|etaMinus|rate).*, got (a Object|"0\.1"|NaN)/,
    );
  }
});
