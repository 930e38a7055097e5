/** @file The pictures of docs/schedules.md: every schedule over its first steps. */
import {
  constantSchedule,
  cosineDecaySchedule,
  cosineOnecycleSchedule,
  exponentialDecay,
  joinSchedules,
  linearOnecycleSchedule,
  linearSchedule,
  piecewiseConstantSchedule,
  piecewiseInterpolateSchedule,
  polynomialSchedule,
  type Schedule,
  sgdrSchedule,
  warmupConstantSchedule,
  warmupCosineDecaySchedule,
  warmupExponentialDecaySchedule,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import { lineChart } from "../plot/line-chart.ts";

const STEPS = 100;
const cycle = { initValue: 0, peakValue: 1, warmupSteps: 5, decaySteps: 25 };

/** The schedules of the document, as it makes them. */
const SCHEDULES: Readonly<Record<string, Schedule>> = {
  constantSchedule: constantSchedule(0.5),
  linearSchedule: linearSchedule(1, 0.1, 60, { transitionBegin: 20 }),
  polynomialSchedule: polynomialSchedule(1, 0.1, 3, 80),
  exponentialDecay: exponentialDecay(1, 20, 0.5),
  "exponentialDecay-staircase": exponentialDecay(1, 20, 0.5, { staircase: true, endValue: 0.1 }),
  cosineDecaySchedule: cosineDecaySchedule(1, 80, { alpha: 0.1 }),
  piecewiseConstantSchedule: piecewiseConstantSchedule(1, { 30: 0.5, 60: 0.2 }),
  "piecewiseInterpolateSchedule-linear": piecewiseInterpolateSchedule("linear", 0.2, {
    20: 5,
    60: 0.5,
    90: 0.1,
  }),
  "piecewiseInterpolateSchedule-cosine": piecewiseInterpolateSchedule("cosine", 0.2, {
    20: 5,
    60: 0.5,
    90: 0.1,
  }),
  warmupConstantSchedule: warmupConstantSchedule(0, 1, 20),
  warmupCosineDecaySchedule: warmupCosineDecaySchedule(0, 1, 10, 90, { endValue: 0.05 }),
  warmupExponentialDecaySchedule: warmupExponentialDecaySchedule(0, 1, 10, 20, 0.5),
  linearOnecycleSchedule: linearOnecycleSchedule(100, 1),
  cosineOnecycleSchedule: cosineOnecycleSchedule(100, 1),
  sgdrSchedule: sgdrSchedule([
    cycle,
    { ...cycle, peakValue: 0.7 },
    { ...cycle, peakValue: 0.4, decaySteps: 50 },
  ]),
  joinSchedules: joinSchedules(
    [linearSchedule(0, 1, 20), constantSchedule(1), exponentialDecay(1, 10, 0.7)],
    [20, 50],
  ),
};

/** The names of the pictures: of each schedule, with what is special about it. */
export const PICTURES: readonly string[] = Object.keys(SCHEDULES);

/** The picture called `name`, as an SVG text. */
export function schedulePicture(name: string): string {
  const x = Array.from({ length: STEPS + 1 }, (_, step) => step);
  return lineChart([{ name, values: valuesOf(SCHEDULES[name]!, x), x }], {
    title: name.replace("-", ", "),
    xLabel: "step",
    yLabel: "value",
    width: 440,
    height: 240,
  });
}

function valuesOf(schedule: Schedule, steps: readonly number[]): number[] {
  return tf.tidy(() =>
    steps.map((step) => {
      const value = schedule(tf.scalar(step, "int32"));
      return typeof value === "number" ? value : Number(value.dataSync()[0]);
    }),
  );
}
