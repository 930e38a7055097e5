/** @file Schedules against their formulas in float64, for any numbers. */
import {
  cosineDecaySchedule,
  exponentialDecay,
  linearSchedule,
  piecewiseConstantSchedule,
  piecewiseInterpolateSchedule,
  polynomialSchedule,
  type Schedule,
} from "@nnx-js/optim";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, test } from "vitest";

const value = fc.double({ min: 1e-3, max: 10, noNaN: true });
const steps = fc.integer({ min: 1, max: 5000 });
const step = fc.integer({ min: -10, max: 20_000 });

const at = (schedule: Schedule, step: number): number =>
  tf.tidy(() => {
    const given = schedule(tf.scalar(step, "int32"));
    return typeof given === "number" ? given : given.dataSync()[0]!;
  });

const expectNear = (found: number, expected: number, largest: number) =>
  expect(Math.abs(found - expected)).toBeLessThan(2e-6 * largest + 1e-9);

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

test("linearSchedule and polynomialSchedule", () => {
  fc.assert(
    fc.property(
      value,
      value,
      steps,
      steps,
      step,
      fc.integer({ min: 1, max: 4 }),
      (a, b, n, begin, t, power) => {
        const rest = 1 - clamp((t - begin) / n, 0, 1);
        const options = { transitionBegin: begin };
        expectNear(at(linearSchedule(a, b, n, options), t), (a - b) * rest + b, a + b);
        expectNear(
          at(polynomialSchedule(a, b, power, n, options), t),
          (a - b) * rest ** power + b,
          2 * (a + b),
        );
      },
    ),
  );
});

test("cosineDecaySchedule", () => {
  fc.assert(
    fc.property(value, steps, step, fc.double({ min: 0, max: 1, noNaN: true }), (a, n, t, alpha) => {
      const cosine = 0.5 * (1 + Math.cos((Math.PI * Math.min(t, n)) / n));
      expectNear(at(cosineDecaySchedule(a, n, { alpha }), t), a * ((1 - alpha) * cosine + alpha), 2 * a);
    }),
  );
});

test("exponentialDecay, smooth and by stairs", () => {
  fc.assert(
    fc.property(value, steps, step, fc.double({ min: 0.5, max: 1, noNaN: true }), (a, n, t, rate) => {
      const exponent = Math.max(t, 0) / n;
      const base = Math.fround(rate);
      // The error of the exponent in float32 grows with it, while the value falls.
      expectNear(at(exponentialDecay(a, n, rate), t), a * base ** exponent, 4 * a);
      // Where float32 rounds the quotient up to the next stair, either stair is right.
      const stair = Math.floor(Math.fround(exponent));
      expectNear(at(exponentialDecay(a, n, rate, { staircase: true }), t), a * base ** stair, 4 * a);
    }),
  );
});

test("piecewise schedules pass through the products of their scales", () => {
  const scales = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 3, noNaN: true })),
    {
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(value, scales, (a, pairs) => {
      const byStep = Object.fromEntries(pairs);
      let product = a;
      let largest = a;
      for (const [boundary, scale] of Object.entries(byStep).map(
        ([key, scale]) => [Number(key), scale] as const,
      )) {
        const before = product;
        product *= scale;
        largest = Math.max(largest, product);
        expectNear(at(piecewiseConstantSchedule(a, byStep), boundary - 1), before, 4 * largest);
        for (const schedule of [
          piecewiseConstantSchedule(a, byStep),
          piecewiseInterpolateSchedule("linear", a, byStep),
          piecewiseInterpolateSchedule("cosine", a, byStep),
        ]) {
          expectNear(at(schedule, boundary), product, 4 * largest);
        }
      }
      expectNear(at(piecewiseInterpolateSchedule("cosine", a, byStep), 500), product, 4 * largest);
    }),
  );
});
