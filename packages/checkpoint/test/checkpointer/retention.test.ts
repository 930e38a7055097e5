/** @file Which steps stay. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { expendable } from "../../src/checkpointer/retention.ts";

const metric = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(NaN, Infinity, -Infinity));
const saves = fc.array(fc.record({ step: fc.nat({ max: 9 }), loss: fc.option(metric, { nil: undefined }) }), {
  maxLength: 12,
});

test("of each number the one saved last, of those the last ones, and the oldest that is best", () => {
  const mode = fc.constantFrom("min", "max", undefined);
  fc.assert(
    fc.property(saves, fc.integer({ min: 1, max: 4 }), mode, (saves, keep, mode) => {
      const steps = saves.map(({ step, loss }, order) => {
        const metrics: Record<string, number> = loss === undefined ? {} : { loss };
        return { step, order, metrics, metadata: {}, name: `${order}` };
      });
      const gone = expendable(steps, keep, mode && { metric: "loss", mode });

      const last = steps.filter(({ step, order }) => !steps.some((other) => other.step === step && other.order > order)); // prettier-ignore
      const values = last
        .map(({ metrics }) => metrics["loss"] ?? NaN)
        .filter((value) => !Number.isNaN(value));
      const value = mode === "min" ? Math.min(...values) : Math.max(...values);
      const best = mode && last.find(({ metrics }) => metrics["loss"] === value);
      const stay = last.filter((step, i) => i >= last.length - keep || step === best);
      expect(gone).toEqual(steps.filter((step) => !stay.includes(step)));
    }),
  );
});

test("without a number all stay", () => {
  const steps = [1, 2, 3].map((step) => ({ step, order: step, metrics: {}, metadata: {}, name: `${step}` }));
  expect(expendable(steps, Infinity, undefined)).toEqual([]);
});
