/** @file All that takes options, with what stands before them. */
import * as optim from "@nnx-js/optim";

export type AnyFunction = (...args: unknown[]) => unknown;
export const all: Record<string, unknown> = optim;
export const inner = optim.sgd(0.1);

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
  scaleByDog: [["heuristic", 1e-6]],
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
export const rated =
  "adabelief adadelta adafactor adagrad adam adamax adamaxw adamw adan ademamix adopt amsgrad cocob dadaptAdamw dog dowg fromage lamb lars lbfgs lion madgrad momo momoAdam muon nadam nadamw noisySgd novograd optimisticAdamV2 optimisticGradientDescent polyakSgd prodigy radam rmsprop rprop scheduleFreeAdamw scheduleFreeSgd sgd signum simplifiedAdemamix sm3 sophia yogi".split(
    " ",
  );
export const names = Object.keys(all).filter(
  (name) => name in first || (/^scaleBy|^reduceOnPlateau$/.test(name) && !without.includes(name)),
);

/** What stands before the options of `name`. */
export function before(name: string): unknown[] {
  return first[name] ?? (rated.includes(name) ? [0.1] : []);
}
