/** @file Wrappers and clips where Optax has no step to compare: single examples, slow parameters, refusals. */
import {
  InvalidArgumentError,
  MissingArgumentError,
  Module,
  Param,
  ShapeMismatchError,
  State,
} from "@nnx-js/nn";
import {
  adam,
  adaptiveGradClip,
  applyIfFinite,
  chain,
  conditionallyTransform,
  keepParamsNonnegative,
  lookahead,
  LookaheadParams,
  namedChain,
  Optimizer,
  perExampleGlobalNormClip,
  piecewiseInterpolateSchedule,
  reduceOnPlateau,
  scale,
  sgd,
} from "@nnx-js/optim";
import { fromGolden } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { toleranceOn } from "../cases.ts";
import golden from "../golden/wrappers.json";

const tolerance = toleranceOn(inject("backend"));

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test.each(golden.per_example.cases)(
  "perExampleGlobalNormClip as in Optax, case %#",
  async ({ clip, sum, count }) => {
    const grads = { a: fromGolden(golden.per_example.grads.a), b: fromGolden(golden.per_example.grads.b) };
    const [limit] = await fromGolden(clip).data();
    const [total, clipped] = perExampleGlobalNormClip(grads, Number(limit));
    await expect(total.a).toBeAllClose(sum[0]!, tolerance);
    await expect(total.b).toBeAllClose(sum[1]!, tolerance);
    await expect(clipped).toBeAllClose([count]);
    expect(clipped.dtype).toBe("int32");
  },
);

test("perExampleGlobalNormClip refuses gradients of different numbers of examples, and names them", () => {
  const grads = { a: tf.ones([3, 2]), b: { c: tf.ones([2, 2]) } };
  expect(() => perExampleGlobalNormClip(grads, 1)).toThrow(ShapeMismatchError);
  expect(() => perExampleGlobalNormClip(grads, 1)).toThrow(/got \[2, 2\] for b\.c/);
  expect(() => perExampleGlobalNormClip(tf.scalar(1), 1)).toThrow(ShapeMismatchError);
});

describe("lookahead", () => {
  class Model extends Module {
    readonly w = new Param(tf.tensor1d([1, 2]));
  }

  test("of a model keeps the slow parameters in its state, and gives what pairs give", async () => {
    const model = new Model();
    const optimizer = new Optimizer(model, lookahead(sgd(1), 2, 0.5), { wrt: Param });
    const tx = lookahead(sgd(1), 2, 0.5);
    let pair: LookaheadParams<{ w: tf.Tensor }> = LookaheadParams.initSynced({ w: tf.tensor1d([1, 2]) });
    let state = tx.init(pair);
    for (const t of [1, 2, 3, 4, 5]) {
      const grad = tf.tensor1d([t, -t / 2]);
      optimizer.update(model, new State([[["w"], grad]]));
      // Gradients are those of the fast parameters, updates those of both.
      const [updates, next] = tx.update({ w: grad } as never, state, pair);
      const both = updates as unknown as typeof pair;
      pair = {
        fast: { w: tf.add(pair.fast.w, both.fast.w) },
        slow: { w: tf.add(pair.slow.w, both.slow.w) },
      };
      state = next;
      await expect(model.w.value).toBeAllClose(pair.fast.w, tolerance);
      const { slow } = optimizer.optState as unknown as { slow: { w: Param } };
      await expect(slow.w.value).toBeAllClose(pair.slow.w, tolerance);
    }
    optimizer.dispose();
  });
});

test("adaptiveGradClip takes axes for parameters of more dimensions, and names those without", async () => {
  const params = { deep: tf.ones([1, 2, 1, 1, 2, 2]) };
  const grads = { deep: tf.mul(tf.ones([1, 2, 1, 1, 2, 2]), 10) };
  const update = (tx: ReturnType<typeof adaptiveGradClip>) =>
    tx.update(grads, tx.init(params), params)[0].deep;
  expect(() => update(adaptiveGradClip(0.1))).toThrow(
    /at most 5 dimensions, got \[1, 2, 1, 1, 2, 2\] for deep/,
  );
  await expect(update(adaptiveGradClip(0.1, { axis: [0, 1] }))).toBeAllClose(
    Array<number>(8).fill(0.1),
    tolerance,
  );
  expect(() => adaptiveGradClip(0.1, { axis: 0.5 })).toThrow(InvalidArgumentError);
});

test("what needs parameters or a loss says so", () => {
  const params = tf.ones([2]);
  for (const tx of [adaptiveGradClip(1), keepParamsNonnegative(), lookahead(sgd(1), 1, 1)]) {
    expect(() => tx.update(params, tx.init(params) as never)).toThrow(MissingArgumentError);
  }
  const tx = reduceOnPlateau();
  expect(() => tx.update(params, tx.init(params))).toThrow(/the loss as value, a scalar tensor, got none/);
});

test("what cannot be is refused when it is made", () => {
  expect(() => reduceOnPlateau({ factor: 1 })).toThrow(/a factor between 0 and 1, got 1/);
  expect(() => reduceOnPlateau({ rtol: 0 })).toThrow(/rtol or atol above 0/);
  expect(() => lookahead(sgd(1), 0, 0.5)).toThrow(/a positive integer for syncPeriod, got 0/);
  expect(() => applyIfFinite(adam as never, 1)).toThrow(/a gradient transformation, got the function adam/);
  expect(() => namedChain(["a", sgd(1)], ["a", sgd(1)])).toThrow(/"a" twice/);
  // @ts-expect-error no pair
  expect(() => namedChain(sgd(1))).toThrow(/pairs of a name and a transformation/);
  expect(() => piecewiseInterpolateSchedule("cubic" as never, 1)).toThrow(
    /"linear" or "cosine", got "cubic"/,
  );
  expect(() => piecewiseInterpolateSchedule("linear", 1, { 5: -1 })).toThrow(
    /scales of at least 0 by step, got 5: -1/,
  );
  const tx = conditionallyTransform(scale(2), () => tf.scalar(1));
  expect(() => tx.update(tf.scalar(1), tx.init(tf.scalar(1)))).toThrow(
    /a bool scalar tensor, got a float32 tensor/,
  );
});

test("a loss that is NaN never counts as better", async () => {
  const tx = chain(reduceOnPlateau({ patience: 2, factor: 0.5 }));
  let state = tx.init(tf.scalar(1));
  const scales: number[] = [];
  for (const value of [1, NaN, NaN, NaN, NaN]) {
    const [updates, next] = tx.update(tf.scalar(1), state, undefined, { value: tf.scalar(value) });
    state = next;
    scales.push((await updates.data())[0]!);
  }
  expect(scales).toEqual([1, 1, 0.5, 0.5, 0.25]);
});
