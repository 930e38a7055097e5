/** @file Figures in odd shapes: tensors under two names, figures that not every step gives, evaluations of no scalars. */
import { train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";

let before: number;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left over`);
});

test("one tensor may stand under two names", async () => {
  const told: unknown[] = [];
  const step = (value: number) => {
    const loss = tf.scalar(value);
    return { loss, total: loss };
  };
  for await (const { metrics } of train({ data: [1, 3], step, log: 2 })) told.push(metrics);
  expect(told).toEqual([{ loss: 2, total: 2 }]);
});

test("the mean of a pass is over the steps that gave the figure", async () => {
  const step = (value: number): Record<string, number> => (value < 0 ? { other: value } : { value });
  const told: unknown[] = [];
  await train({
    data: [1, -1, 4, 4, 4],
    step,
    log: 2,
    on: { epoch: ({ metrics }) => told.push(metrics) },
  }).run();
  expect(told).toEqual([{ value: 13 / 4, other: -1 }]);
});

test.each([
  ["a matrix", () => ({ matrix: tf.ones([2, 2]), loss: tf.scalar(1) }), "expected a scalar for matrix, got"],
  ["a tensor", () => tf.scalar(1), "expected figures by name, got"],
  ["a number", () => 3, "expected figures by name, got"],
  ["nothing", () => undefined, "expected figures by name, got undefined. Write evaluate: () =>"],
])("an evaluation that gives %s is an error", async (_, evaluate, message) => {
  const options = { data: [1], step: () => 1, evaluate: evaluate as () => object };
  await expect(train(options).run()).rejects.toThrow(message);
});
