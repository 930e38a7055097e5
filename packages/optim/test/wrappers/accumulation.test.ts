/** @file Gradients that are gathered. */
import { InvalidArgumentError, Module, Param, State } from "@nnx-js/nn";
import {
  adam,
  applyEvery,
  applyUpdates,
  type GradientTransformation,
  MultiSteps,
  Optimizer,
  sgd,
  skipNotFinite,
} from "@nnx-js/optim";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

class Model extends Module {
  readonly w = new Param(tf.tensor1d([1, -2]));
}

const gradient = (values: readonly number[]) => new State([[["w"], new Param(tf.tensor1d([...values]))]]);

/** The parameters after gradients one by one. */
function trained(tx: GradientTransformation, gradients: readonly (readonly number[])[]): number[] {
  return tf.tidy(() => {
    let params: tf.Tensor = tf.tensor1d([1, -2]);
    let state = tx.init(params);
    for (const values of gradients) {
      const [updates, next] = tx.update(tf.tensor1d([...values]), state, params);
      [params, state] = [applyUpdates(params, updates), next];
    }
    return [...params.dataSync()];
  });
}

const values = fc.tuple(fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 }));

describe("MultiSteps", () => {
  test("of k equal gradients is one step of the inner transformation, and none before", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }), (g, k, times) => {
        const many = Array.from({ length: k * times }, () => g);
        const few = Array.from({ length: times }, () => g);
        expect(trained(new MultiSteps(adam(0.1), k), many)).toEqual(trained(adam(0.1), few));
        const rest = [...many, ...Array.from({ length: k - 1 }, () => [7, 7])];
        expect(trained(new MultiSteps(adam(0.1), k), rest)).toEqual(trained(adam(0.1), few));
      }),
      { numRuns: 25 },
    );
  });

  test("gives the mean of different gradients, or their sum", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 6 }), (gs) => {
        const sum = [0, 1].map((i) => gs.reduce((total, g) => total + g[i]!, 0));
        const added = trained(new MultiSteps(sgd(0.5), gs.length, { useGradMean: false }), gs);
        expect(added).toEqual(trained(sgd(0.5), [sum]));
        const mean = trained(new MultiSteps(sgd(0.5), gs.length), gs);
        const expected = trained(sgd(0.5), [sum.map((x) => x / gs.length)]);
        for (const [i, x] of mean.entries()) expect(x).toBeCloseTo(expected[i]!, 5);
      }),
      { numRuns: 50 },
    );
  });

  test("leaves out gradients as if they had never been, wherever they stand", () => {
    fc.assert(
      fc.property(fc.array(fc.option(values, { nil: [NaN, 1] as const }), { maxLength: 9 }), (gs) => {
        const tx = new MultiSteps(adam(0.1), 2, { shouldSkipUpdateFn: skipNotFinite });
        const finite = gs.filter((g) => g.every(Number.isFinite));
        expect(trained(tx, gs)).toEqual(trained(new MultiSteps(adam(0.1), 2), finite));
      }),
      { numRuns: 30 },
    );
  });

  test("counts in its state, of which an Optimizer keeps all", async () => {
    const model = new Model();
    const tx = new MultiSteps(sgd(1), 3, { shouldSkipUpdateFn: skipNotFinite });
    const optimizer = new Optimizer(model, tx, { wrt: Param });
    const counts = () => {
      const { miniStep, gradientStep, skipState } = optimizer.optState;
      return [miniStep, gradientStep, skipState.numNotFinite].map(({ value }) => value.dataSync()[0]);
    };
    const seen: unknown[] = [counts()];
    for (const g of [
      [3, 0],
      [0, NaN],
      [0, 3],
      [3, 3],
      [1, 1],
    ]) {
      using grads = gradient(g);
      optimizer.update(model, grads);
      seen.push(counts());
    }
    expect(seen).toEqual([[0, 0, 0], [1, 0, 0], [1, 0, 1], [2, 0, 0], [0, 1, 0], [1, 1, 0]]); // prettier-ignore
    expect([...model.w.value.dataSync()]).toEqual([-1, -4]);
    await expectNoLeak(() => {
      using grads = gradient([1, 1]);
      optimizer.update(model, grads);
    }, 6);
  });

  test("says whether the last update was one", () => {
    const tx = new MultiSteps(sgd(1), 2);
    const params = tf.scalar(1);
    let state = tx.init(params);
    const updated = [tx.hasUpdated(state)];
    for (let i = 0; i < 3; i++) {
      [, state] = tx.update(params, state, params);
      updated.push(tx.hasUpdated(state));
    }
    expect(updated.map((flag) => flag.dataSync()[0])).toEqual([0, 0, 1, 0]);
  });

  test("is zero before the k-th gradient where one is NaN, and starts anew after it", () => {
    const tx = new MultiSteps(sgd(1), 2);
    const params = tf.tensor1d([1]);
    let state = tx.init(params);
    const updates: (number | undefined)[] = [];
    for (const g of [NaN, 1, 2, 4]) {
      let update: tf.Tensor;
      [update, state] = tx.update(tf.tensor1d([g]), state, params);
      updates.push(update.dataSync()[0]);
    }
    expect(updates).toEqual([0, NaN, 0, -3]);
  });

  test("refuses what is no number of steps", () => {
    for (const k of [0, -1, 1.5, NaN]) {
      expect(() => new MultiSteps(sgd(1), k)).toThrow(InvalidArgumentError);
    }
    // @ts-expect-error no number
    expect(() => new MultiSteps(sgd(1), "3")).toThrow(/a positive integer for everyKSchedule, got "3"/);
    const wrong = new MultiSteps(sgd(1), () => tf.ones([2]));
    const params = tf.scalar(1);
    expect(() => wrong.update(params, wrong.init(params))).toThrow(
      /a number or a scalar tensor, got a tensor \[2\]/,
    );
    const skips = new MultiSteps(sgd(1), 2, { shouldSkipUpdateFn: () => [tf.scalar(1), {}] });
    expect(() => skips.init(params)).toThrow(/a bool scalar tensor, got a float32 tensor \[\]/);
  });
});

test("applyEvery gives sums at every k-th step", () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 4 }), (gs, k) => {
      const whole = gs.slice(0, gs.length - (gs.length % k));
      const sum = [0, 1].map((i) => whole.reduce((total, g) => total + g[i]!, 0));
      expect(trained(applyEvery(k), gs)).toEqual([1 + sum[0]!, -2 + sum[1]!]);
    }),
    { numRuns: 40 },
  );
});
