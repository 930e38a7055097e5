import { Module, Param, State } from "@nnx-js/nn";
import {
  adam,
  constantSchedule,
  cosineDecaySchedule,
  cosineOnecycleSchedule,
  exponentialDecay,
  joinSchedules,
  linearOnecycleSchedule,
  linearSchedule,
  Optimizer,
  piecewiseConstantSchedule,
  piecewiseInterpolateSchedule,
  polynomialSchedule,
  type Schedule,
  scaleByLearningRate,
  scaleBySchedule,
  sgdrSchedule,
  warmupConstantSchedule,
  warmupCosineDecaySchedule,
  warmupExponentialDecaySchedule,
} from "@nnx-js/optim";
import golden from "@nnx-js/testing/golden/optim.json";
import more from "@nnx-js/testing/golden/optim_more.json";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { toleranceOn } from "./cases.ts";
import own from "./golden/wrappers.json";

const tolerance = toleranceOn(inject("backend"));
const cycle = { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 8, endValue: 0.1 };

const schedules: [name: string, schedule: Schedule][] = [
  ["constant", constantSchedule(0.3)],
  ["linear", linearSchedule(1, 0.1, 10, { transitionBegin: 3 })],
  ["cosine", cosineDecaySchedule(0.5, 20, { alpha: 0.1 })],
  ["exponential", exponentialDecay(0.1, 3, 0.5)],
  ["exponential_staircase", exponentialDecay(0.1, 3, 0.5, { staircase: true })],
  ["polynomial", polynomialSchedule(1, 0.1, 2, 10)],
  ["piecewise", piecewiseConstantSchedule(1, { 5: 0.5, 10: 0.1 })],
  ["warmup_cosine", warmupCosineDecaySchedule(0, 1, 5, 25, { endValue: 0.05 })],
  ["onecycle", cosineOnecycleSchedule(30, 1)],
  ["join", joinSchedules([linearSchedule(0, 1, 5), cosineDecaySchedule(1, 15)], [5])],
  ["sgdr", sgdrSchedule([cycle, cycle])],
];

const moreSchedules: [name: string, schedule: Schedule][] = [
  ["warmup_constant", warmupConstantSchedule(0.1, 1, 7)],
  ["warmup_exponential_decay", warmupExponentialDecaySchedule(0, 1, 5, 10, 0.5)],
  [
    "warmup_exponential_decay_options",
    warmupExponentialDecaySchedule(0.1, 1, 4, 3, 0.5, {
      transitionBegin: 3,
      staircase: true,
      endValue: 0.05,
    }),
  ],
  ["linear_onecycle", linearOnecycleSchedule(20, 1)],
  [
    "linear_onecycle_options",
    linearOnecycleSchedule(28, 0.5, { pctStart: 0.25, pctFinal: 0.75, divFactor: 10, finalDivFactor: 100 }),
  ],
  ["piecewise_interpolate_linear", piecewiseInterpolateSchedule("linear", 1, { 5: 0.5, 12: 2, 20: 0.1 })],
  ["piecewise_interpolate_cosine", piecewiseInterpolateSchedule("cosine", 1, { 5: 0.5, 12: 2, 20: 0.1 })],
  ["cosine_exponent", cosineDecaySchedule(1, 20, { alpha: 0.1, exponent: 2 })],
  ["warmup_cosine_exponent", warmupCosineDecaySchedule(0.1, 1, 5, 25, { endValue: 0.05, exponent: 2 })],
  ["polynomial_begin", polynomialSchedule(1, 0.1, 3, 12, { transitionBegin: 4 })],
  ["exponential_options", exponentialDecay(1, 4, 0.7, { transitionBegin: 3, endValue: 0.3 })],
  [
    "cosine_onecycle_options",
    cosineOnecycleSchedule(20, 0.5, { pctStart: 0.4, divFactor: 10, finalDivFactor: 100 }),
  ],
];

/** Asked at negative, fractional and huge steps, too. */
const anywhere: [name: string, schedule: Schedule][] = [
  ["constant", constantSchedule(0.3)],
  ["linear", linearSchedule(1, 0.1, 10, { transitionBegin: 3 })],
  ["polynomial", polynomialSchedule(0.1, 1, 2.5, 12, { transitionBegin: 4 })],
  ["polynomial_without_steps", polynomialSchedule(0.1, 1, 2, 0)],
  ["exponential", exponentialDecay(1, 4, 0.7, { transitionBegin: 3 })],
  ["exponential_growing", exponentialDecay(0.1, 5, 1.5, { staircase: true, endValue: 2 })],
  ["cosine", cosineDecaySchedule(0.5, 20, { alpha: 0.1 })],
  ["cosine_exponent", cosineDecaySchedule(1, 15, { alpha: 0.2, exponent: 1.5 })],
  ["warmup_cosine", warmupCosineDecaySchedule(0, 1, 5, 25, { endValue: 0.05, exponent: 2 })],
  ["warmup_constant", warmupConstantSchedule(0.1, 0.8, 6)],
  [
    "warmup_exponential",
    warmupExponentialDecaySchedule(0, 1, 4, 6, 0.5, { transitionBegin: 2, staircase: true, endValue: 0.1 }),
  ],
  ["piecewise_constant", piecewiseConstantSchedule(1, { 5: 0.5, 10: 0.1 })],
  ["piecewise_linear", piecewiseInterpolateSchedule("linear", 0.5, { 0: 2, 6: 0.25, 14: 0 })],
  ["piecewise_cosine", piecewiseInterpolateSchedule("cosine", 0.5, { 3: 2, 6: 0.25, 14: 3 })],
  ["piecewise_nothing", piecewiseInterpolateSchedule("linear", 0.5)],
  [
    "linear_onecycle",
    linearOnecycleSchedule(20, 0.7, { pctStart: 0.25, pctFinal: 0.5, divFactor: 10, finalDivFactor: 100 }),
  ],
  ["linear_onecycle_short", linearOnecycleSchedule(2, 1)],
  ["cosine_onecycle", cosineOnecycleSchedule(24, 2, { pctStart: 0.4, divFactor: 5, finalDivFactor: 50 })],
  ["cosine_onecycle_short", cosineOnecycleSchedule(3, 1)],
  [
    "join",
    joinSchedules([linearSchedule(0, 1, 4), constantSchedule(0.7), exponentialDecay(0.5, 2, 0.9)], [4, 9]),
  ],
  [
    "sgdr",
    sgdrSchedule([
      { initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 8 },
      { initValue: 0.1, peakValue: 0.5, warmupSteps: 3, decaySteps: 12, endValue: 0.2, exponent: 2 },
    ]),
  ],
];

/** The values of a schedule at `steps`, as one tensor. */
function values(
  schedule: Schedule,
  steps: readonly number[],
  dtype: "int32" | "float32" = "int32",
): tf.Tensor {
  return tf.tidy(() =>
    tf.stack(
      steps.map((step) => {
        const value = schedule(tf.scalar(step, dtype));
        return typeof value === "number" ? tf.scalar(value) : value;
      }),
    ),
  );
}

test.each(schedules)("%s has Optax's values at steps 0 to 30", async (name, schedule) => {
  const expected = golden.schedules.find((candidate) => candidate.name === name)!.values;
  const steps = Array.from({ length: 31 }, (_, step) => step);
  await expect(values(schedule, steps)).toBeAllClose(expected, tolerance);
});

test.each(moreSchedules)(
  "%s has Optax's values at steps 0 to 30, with all options",
  async (name, schedule) => {
    const expected = more.schedules.find((candidate) => candidate.name === name)!.values;
    const steps = Array.from({ length: 31 }, (_, step) => step);
    await expect(values(schedule, steps)).toBeAllClose(expected, tolerance);
  },
);

test.each(anywhere)(
  "%s has Optax's values at negative, fractional and huge steps",
  async (name, schedule) => {
    const expected = own.schedules.find((candidate) => candidate.name === name)!;
    for (const dtype of ["int32", "float32"] as const) {
      await expect(values(schedule, own.counts[dtype], dtype), dtype).toBeAllClose(
        expected[dtype],
        tolerance,
      );
    }
  },
);

describe("exponentialDecay", () => {
  test("waits for transitionBegin", async () => {
    const schedule = exponentialDecay(8, 1, 0.5, { transitionBegin: 2 });
    await expect(values(schedule, [0, 1, 2, 3, 4])).toBeAllClose([8, 8, 8, 4, 2], tolerance);
  });

  test("stops at endValue, from above when it falls and from below when it grows", async () => {
    const falling = exponentialDecay(8, 1, 0.5, { endValue: 3 });
    await expect(values(falling, [0, 1, 2, 3])).toBeAllClose([8, 4, 3, 3], tolerance);
    const growing = exponentialDecay(1, 1, 2, { endValue: 3 });
    await expect(values(growing, [0, 1, 2, 3])).toBeAllClose([1, 2, 3, 3], tolerance);
  });

  test("stays exact over thousands of steps", async () => {
    const steps = [1, 999, 5000, 10_001];
    const schedule = exponentialDecay(1, 10, 0.99);
    const expected = steps.map((step) => Math.fround(0.99) ** (step / 10));
    await expect(values(schedule, steps)).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-7 });
  });

  test("is constant where it has no steps or no rate", () => {
    const step = tf.scalar(7, "int32");
    expect(exponentialDecay(0.1, 0, 0.5)(step)).toBe(0.1);
    expect(exponentialDecay(0.1, 10, 0)(step)).toBe(0.1);
  });
});

test("polynomialSchedule raises to any power", async () => {
  const at = [0, 1, 2, 3, 4];
  for (const power of [0.5, 1, 2, 3, 5, 7]) {
    const expected = at.map((step) => 3 * (1 - step / 4) ** power + 1);
    await expect(values(polynomialSchedule(4, 1, power, 4), at)).toBeAllClose(expected, {
      rtol: 1e-5,
      atol: 1e-5,
    });
  }
});

test("cosineDecaySchedule raises the cosine to its exponent", async () => {
  const at = [0, 1, 2, 3, 4, 5];
  const expected = at.map((step) => 2 * (0.5 * (1 + Math.cos((Math.PI * Math.min(step, 4)) / 4))) ** 3);
  await expect(values(cosineDecaySchedule(2, 4, { exponent: 3 }), at)).toBeAllClose(expected, {
    rtol: 1e-5,
    atol: 1e-5,
  });
});

test("piecewiseConstantSchedule without boundaries is constant", async () => {
  await expect(values(piecewiseConstantSchedule(0.2), [0, 9])).toBeAllClose([0.2, 0.2]);
});

test("warmupCosineDecaySchedule without a warm-up begins at its peak", async () => {
  await expect(values(warmupCosineDecaySchedule(0, 1, 0, 10), [0])).toBeAllClose([1], tolerance);
});

test("scaleBySchedule calls the schedule with 0 first and counts the updates", async () => {
  const tx = scaleBySchedule((step) => tf.add(step, 1));
  let state = tx.init({});
  for (const expected of [1, 2, 3]) {
    const [updates, next] = tx.update(tf.scalar(1), state);
    state = next;
    await expect(updates).toBeAllClose([expected]);
  }
  expect(state.count.dtype).toBe("int32");
});

test("a schedule can be asked for the learning rate at the step of an Optimizer", async () => {
  const model = new (class Model extends Module {
    readonly w = new Param(tf.tensor1d([1]));
  })();
  const schedule = warmupCosineDecaySchedule(0, 1, 2, 10);
  const optimizer = new Optimizer(model, adam(schedule), { wrt: Param });
  for (const expected of [0, 0.5, 1]) {
    await expect(schedule(optimizer.step.value as tf.Scalar) as tf.Scalar).toBeAllClose(
      [expected],
      tolerance,
    );
    optimizer.update(model, new State([[["w"], tf.tensor1d([1])]]));
  }
});

test("scaleByLearningRate takes schedules that return a number", async () => {
  const tx = scaleByLearningRate(constantSchedule(0.25));
  const [updates] = tx.update(tf.tensor1d([4, -8]), tx.init({}));
  await expect(updates).toBeAllClose([-1, 2]);
});

test("a schedule that returns no scalar is an error that says what a schedule looks like", () => {
  const tx = adam(() => tf.ones([3]));
  const params = tf.scalar(1);
  expect(() => tx.update(params, tx.init(params))).toThrow(/a number or a scalar tensor, got a tensor \[3\]/);
});

test("a schedule that cannot be is an error", () => {
  expect(() => cosineDecaySchedule(1, 0)).toThrow(/decaySteps to be greater than 0, got 0/);
  expect(() => warmupCosineDecaySchedule(0, 1, 5, 5)).toThrow(/greater than warmupSteps 5, got 5/);
  expect(() => cosineOnecycleSchedule(0, 1)).toThrow(/transitionSteps to be greater than 0/);
  expect(() => joinSchedules([constantSchedule(1)], [5])).toThrow(/got 1 schedules and 1 boundaries/);
  expect(() => joinSchedules([], [])).toThrow(/got 0 schedules/);
  expect(() => adam(Number.NaN)).toThrow(/finite number or a schedule, got NaN/);
});
