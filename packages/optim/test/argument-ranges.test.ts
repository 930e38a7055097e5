/** @file Numbers that make no sense are told, with what is expected and what was found; what Optax documents is taken. */
import * as optim from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { all, type AnyFunction, before, inner, names, rated } from "./makers.ts";

const SHARE = { wrong: [2, -0.1, NaN, "0.9", true, [0.9]], right: [0, 0.5, 1] };
const NOT_NEGATIVE = { wrong: [-1e-9, NaN, "1"], right: [0, 1e-8, 3] };
const POSITIVE = { wrong: [0, -1, NaN], right: [1e-3, 7] };
const NUMBER = { wrong: [NaN, "1", {}], right: [-2, 0, 3.5] };
const WHOLE = { wrong: [-1, 2.5, NaN, "3", Infinity], right: [0, 1, 128] };
const COUNT = { wrong: [0, -1, 2.5, NaN, "3"], right: [1, 4] };
const INTEGER = { wrong: [2.5, NaN, "3"], right: [-1, 0, 4] };

/** By the names of options: they mean the same wherever they are. */
const options: Readonly<
  Record<string, { readonly wrong: readonly unknown[]; readonly right: readonly number[] }>
> = {
  adamB1: SHARE,
  adamB2: SHARE,
  adamEpsRoot: NOT_NEGATIVE,
  alpha: NUMBER,
  atol: { wrong: NOT_NEGATIVE.wrong, right: [1e-3] },
  b1: SHARE,
  b2: SHARE,
  b3: SHARE,
  clipThreshold: NOT_NEGATIVE,
  cooldown: WHOLE,
  decay: SHARE,
  decayRate: NOT_NEGATIVE,
  divFactor: POSITIVE,
  eps: NOT_NEGATIVE,
  epsRoot: NOT_NEGATIVE,
  estimLr0: POSITIVE,
  eta: NOT_NEGATIVE,
  etaMinus: NOT_NEGATIVE,
  etaPlus: NOT_NEGATIVE,
  exponent: NUMBER,
  finalDivFactor: POSITIVE,
  initialAccumulatorValue: NOT_NEGATIVE,
  initialScale: NOT_NEGATIVE,
  maxStepSize: NOT_NEGATIVE,
  minDimSizeToFactor: WHOLE,
  minNorm: NOT_NEGATIVE,
  minScale: NOT_NEGATIVE,
  momentum: SHARE,
  nsSteps: WHOLE,
  numBetas: COUNT,
  patience: WHOLE,
  pctFinal: SHARE,
  pctStart: SHARE,
  rho: SHARE,
  transitionBegin: INTEGER,
  trustCoefficient: NUMBER,
  updateInterval: COUNT,
  warmupSteps: WHOLE,
};

/** What `name` says that its options are. */
function optionsOf(name: string): string[] {
  try {
    (all[name] as AnyFunction)(...before(name), { noSuchOption: 1 });
  } catch (error) {
    return /There are: (.*)\.$/.exec((error as Error).message)![1]!.split(", ");
  }
  throw new Error(`${name} takes any option`);
}

const rows = [...names, ...rated].flatMap((name) =>
  optionsOf(name)
    .filter((option) => Object.hasOwn(options, option))
    .map((option): [string, string] => [name, option]),
);

test("most options are in the table", () => {
  expect(rows.length).toBeGreaterThan(200);
  expect(new Set(rows.map(([, option]) => option))).toEqual(new Set(Object.keys(options)));
});

describe.each(rows)("%s, %s", (name, option) => {
  const { wrong, right } = options[option]!;
  const make = (value: unknown) => (all[name] as AnyFunction)(...before(name), { [option]: value });

  test("tells what makes no sense", () => {
    for (const value of wrong) {
      expect(() => make(value)).toThrow(new RegExp(`^${name}: expected .* for ${option}, got .*\\.$`));
    }
  });

  test("takes what does", () => {
    for (const value of [...right, undefined]) expect(() => make(value)).not.toThrow();
  });
});

const linear = optim.linearSchedule(1, 0, 10);

test.each<[string, () => unknown, string]>([
  ["ema", () => optim.ema(2), "ema: expected a number from 0 to 1 for decay, got 2."],
  ["trace", () => optim.trace(-0.5), "trace: expected a number from 0 to 1 for decay, got -0.5."],
  [
    "lookahead",
    () => optim.lookahead(inner, 5, 1.5),
    "lookahead: expected a number from 0 to 1 for slowStepSize, got 1.5.",
  ],
  ["lookahead's period", () => optim.lookahead(inner, 2.5, 0.5), "got 2.5"],
  ["applyEvery", () => optim.applyEvery(-1), "got -1"],
  ["applyIfFinite", () => optim.applyIfFinite(inner, -1), "expected an integer of at least 0"],
  ["MultiSteps", () => new optim.MultiSteps(inner, 0.5), "got 0.5"],
  ["clip", () => optim.clip(-1), "clip: expected a number of at least 0 for maxDelta, got -1."],
  ["clipByGlobalNorm", () => optim.clipByGlobalNorm(-1), "for maxNorm, got -1."],
  ["clipByBlockRms", () => optim.clipByBlockRms(-1), "for threshold, got -1."],
  ["adaptiveGradClip", () => optim.adaptiveGradClip(-0.1), "for clipping, got -0.1."],
  ["addNoise", () => optim.addNoise(-1, 0.55, 0), "for eta, got -1."],
  [
    "betas",
    () => optim.prodigy(1, { betas: [0.9, 1.2] }),
    "prodigy: expected a number from 0 to 1 for betas[1], got 1.2.",
  ],
  [
    "betas that are no list",
    () => optim.dadaptAdamw(1, { betas: 0.9 as never }),
    "expected an array of two decays, got 0.9",
  ],
  [
    "numbers for schedules",
    () => optim.joinSchedules([1, 2] as never, [3]),
    "joinSchedules: expected a schedule at 0, got 1. Write constantSchedule(1).",
  ],
  [
    "nothing for a schedule",
    () => optim.joinSchedules([linear, null as never], [3]),
    "expected a schedule at 1, got null.",
  ],
  [
    "boundaries that fall",
    () => optim.joinSchedules([linear, linear, linear], [9, 3]),
    "joinSchedules: expected ascending boundaries, got 9, 3. Sort them, and the schedules.",
  ],
  ["a negative boundary", () => optim.joinSchedules([linear, linear], [-3]), "for boundary 0, got -3."],
  ["a first value", () => optim.cosineDecaySchedule(NaN, 10), "expected a number for initValue, got NaN."],
  ["a peak", () => optim.cosineOnecycleSchedule(10, NaN), "expected a number for peakValue, got NaN."],
  ["a warm-up", () => optim.warmupCosineDecaySchedule(0, 1, -5, 10), "for warmupSteps, got -5."],
])("%s out of bounds", (_, make, message) => {
  expect(make).toThrow(message);
});

test("what Optax documents is taken: rates of any sign, schedules, scalars, decays of 0 and 1", () => {
  const half = tf.scalar(0.5);
  const makers = [
    () => optim.sgd(0),
    () => optim.sgd(-0.1, { momentum: 0 }),
    () => optim.adam(linear, { b1: half, b2: 1 }),
    () => optim.ema(half),
    () => optim.ema(1),
    () => optim.lookahead(inner, 1, half),
    () => optim.clipByGlobalNorm(Infinity),
    () => optim.adafactor(null, { clippingThreshold: null, momentum: null }),
    () => optim.ademamix(0.1, { b3: linear, alpha: linear }),
    () => optim.scheduleFreeSgd(0.1, { warmupSteps: null }),
    () => optim.injectHyperparams(optim.adam)({ learningRate: 0.1, b1: 0.9, eps: 1e-8 }),
    () => optim.polynomialSchedule(1, 0, 1, -5, { transitionBegin: -1 }),
    () => optim.joinSchedules([linear, linear], [2.5]),
  ];
  for (const make of makers) expect(make).not.toThrow();
  half.dispose();
});

test("boundaries between steps are as in Optax", () => {
  const joined = optim.joinSchedules([optim.constantSchedule(1), optim.linearSchedule(0, 1, 10)], [2.5]);
  const at = (step: number) => tf.tidy(() => tf.mul(joined(tf.scalar(step, "int32")), 1).dataSync()[0]!);
  expect(at(2)).toBe(1);
  expect(at(3)).toBeCloseTo(0.05, 6);
});
