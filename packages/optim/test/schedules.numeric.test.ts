import { Module, Param, State } from "@nnx-js/nn";
import {
  adam,
  constantSchedule,
  cosineDecaySchedule,
  cosineOnecycleSchedule,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  Optimizer,
  piecewiseConstantSchedule,
  polynomialSchedule,
  type Schedule,
  scaleByLearningRate,
  scaleBySchedule,
  sgdrSchedule,
  warmupCosineDecaySchedule,
} from "@nnx-js/optim";
import golden from "@nnx-js/testing/golden/optim.json";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, test } from "vitest";
import { toleranceOn } from "./cases.ts";

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

/** The values of a schedule at `steps`, as one tensor. */
function values(schedule: Schedule, steps: readonly number[]): tf.Tensor {
  return tf.tidy(() =>
    tf.stack(
      steps.map((step) => {
        const value = schedule(tf.scalar(step, "int32"));
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
