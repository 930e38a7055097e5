/** @file Losses stay few, in order and true to their means. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LossHistory, smoothed } from "../../src/page/curve/history.ts";

const pointsOf = (count: number, loss = (step: number) => step) =>
  Array.from({ length: count }, (_, index) => ({
    step: index + 1,
    train: loss(index + 1),
    eval: index % 10 === 0 ? loss(index + 1) : null,
  }));

describe("LossHistory", () => {
  test("keeps a short run as it is", () => {
    const history = new LossHistory(100);
    history.add([
      { step: 1, train: 3, eval: null },
      { step: 2, train: 2, eval: 4 },
    ]);
    expect(history.columns).toEqual({ step: [1, 2], train: [3, 2], eval: [null, 4] });
  });

  test("of a long run each point is the mean of equally many steps", () => {
    const history = new LossHistory(8);
    history.add(pointsOf(32));
    const { step, train } = history.columns;
    expect(step).toEqual([4, 8, 12, 16, 20, 24, 28, 32]);
    expect(train).toEqual([2.5, 6.5, 10.5, 14.5, 18.5, 22.5, 26.5, 30.5]);
  });

  test("never has more than its most, keeps the last step, rises strictly, and columns are equally long", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 }), (sizes) => {
        const history = new LossHistory(16);
        let last = 0;
        for (const size of sizes) {
          history.add(pointsOf(size).map((point) => ({ ...point, step: (last += 1) })));
        }
        const { step, train, eval: evals } = history.columns;
        expect(step.length).toBeLessThanOrEqual(16);
        expect([train.length, evals.length]).toEqual([step.length, step.length]);
        expect(step.at(-1) ?? 0).toBe(last);
        expect(step.every((value, index) => index === 0 || value > step[index - 1]!)).toBe(true);
      }),
    );
  });

  test("a step that is taken again replaces what came after", () => {
    const history = new LossHistory();
    history.add(pointsOf(5));
    history.add([{ step: 3, train: 9, eval: null }]);
    expect(history.columns.step).toEqual([1, 2, 3]);
    expect(history.columns.train[2]).toBe(9);
  });

  test("cut and clear forget", () => {
    const history = new LossHistory();
    history.add(pointsOf(5));
    history.cut(2);
    expect(history.columns.step).toEqual([1, 2]);
    history.clear();
    expect(history.length).toBe(0);
  });

  test("a loss that is no number breaks the line", () => {
    const history = new LossHistory();
    history.add([{ step: 1, train: Number.NaN, eval: Number.POSITIVE_INFINITY }]);
    expect(history.columns).toEqual({ step: [1], train: [null], eval: [null] });
  });
});

describe("smoothed", () => {
  test("leaves constants and gaps", () => {
    expect(smoothed([2, null, 2, 2], 5)).toEqual([2, null, 2, 2]);
  });

  test("begins at the first value, without a bias to 0", () => {
    expect(smoothed([8, 4], 3)).toEqual([8, 16 / 3]);
  });
});
