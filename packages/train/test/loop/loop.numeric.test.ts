/** @file The loop on every backend: figures as by hand, and a way back after a NaN, with compiled steps as well. */
import { jit } from "@nnx-js/jit";
import { type Linear, valueAndGrad } from "@nnx-js/nn";
import type { Optimizer } from "@nnx-js/optim";
import { train } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { small } from "./small.ts";

const read = async (tensor: tf.Tensor) => [...(await tensor.data())];

async function state({ model, data }: Pick<ReturnType<typeof small>, "model" | "data">) {
  return {
    weights: [...(await read(model.kernel.value)), ...(await read(model.bias!.value))],
    place: await read(data.position.step.value),
  };
}

test("means of steps are those of the losses by hand", async () => {
  const hand = small({ epochs: 2 });
  const losses: number[] = [];
  for await (const batch of hand.data) {
    const { loss } = tf.tidy(() => hand.step(batch));
    losses.push((await loss.data())[0]!);
    loss.dispose();
  }
  const before = tf.memory().numTensors;
  const run = small({ epochs: 2, prefetch: 1 });
  const logs: number[] = [];
  for await (const { metrics } of train({ ...run.training, log: 3 })) logs.push(metrics.loss);
  const mean = (...values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const expected = [0, 3, 5, 8].map((begin, i) => mean(...losses.slice(begin, [3, 5, 8, 10][i])));
  for (const [i, value] of expected.entries()) expect(logs[i]).toBeCloseTo(value, 4);
  run.dispose();
  expect(tf.memory().numTensors).toBe(before);
  hand.dispose();
});

test("compiled steps: stopped, gone on with, and taken back after a NaN", async () => {
  const trainStep = jit((model: Linear, optimizer: Optimizer<Linear>, x: tf.Tensor, y: tf.Tensor) => {
    const lossFn = (model: Linear) => tf.mean(tf.square(tf.sub(model.forward(x), y)));
    const [loss, grads] = valueAndGrad(lossFn)(model);
    optimizer.update(model, grads);
    return loss;
  });
  const training = (run: ReturnType<typeof small>, badStep = Infinity) => ({
    ...run.training,
    step: ({ x, y }: { x: tf.Tensor; y: tf.Tensor }, { step }: { step: number }) =>
      trainStep(run.model, run.optimizer, x, step === badStep ? tf.mul(y, NaN) : y),
  });
  const whole = small({ epochs: 2 });
  await train(training(whole)).run();
  const run = small({ epochs: 2 });
  const controller = new AbortController();
  for await (const { step } of train({ ...training(run), signal: controller.signal })) {
    if (step === 2) controller.abort();
  }
  expect((await state(run)).place).toEqual([3]);
  await expect(train(training(run, 6)).run()).rejects.toThrow("The state has the values of step 6 again");
  expect((await state(run)).place).toEqual([6]);
  await train(training(run)).run();
  expect(await state(run)).toEqual(await state(whole));
  trainStep.dispose();
  whole.dispose();
  run.dispose();
});
