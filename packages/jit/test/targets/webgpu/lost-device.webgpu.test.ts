import { Linear, Param, Rngs, Variable, VariableValueError } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { DeviceLostError, jit } from "../../../src/index.ts";
import { gpuMemory } from "../../../src/webgpu.ts";
import { webgpuDevice } from "./run-tasks.ts";

async function lose(): Promise<void> {
  const device = webgpuDevice();
  device.destroy();
  await device.lost;
}

afterEach(async () => {
  await useBackend("webgpu");
});

const double = (weights: Variable) => {
  weights.value = tf.mul(weights.value, 2);
};

test("a lost device is said to be lost, and another one takes what is loaded anew", async () => {
  const weights = new Param(tf.tensor1d([1, 2]));
  const step = jit(double);
  step(weights);
  await lose();
  expect(() => step(weights)).toThrow(DeviceLostError);
  expect(() => step(weights)).toThrow('Take a new one, await useBackend("webgpu")');
  await useBackend("webgpu");
  // Its value was on the GPU only.
  expect(() => weights.value).toThrow(VariableValueError);
  expect(() => weights.value).toThrow("load the model from the last checkpoint");
  expect(() => step(weights)).toThrow("load the model from the last checkpoint");
  weights.value = tf.tensor1d([5, 6]);
  step(weights);
  step(weights);
  expect([...(await weights.value.data())]).toEqual([20, 24]);
  expect(gpuMemory().bytesUsed).toBeGreaterThan(0);
  weights.dispose();
  step.dispose();
});

test("what was not on the lost device stays as it was", async () => {
  const model = new Linear(2, 2, { rngs: new Rngs(0) });
  const apply = jit((model: Linear, x: tf.Tensor) => model.forward(x));
  const x = tf.tensor2d([[1, 2]]);
  const before = [...(await apply(model, x).data())];
  const [kernel, bias] = [await model.kernel.value.data(), await model.bias!.value.data()];
  await useBackend("cpu");
  model.kernel.value = tf.tensor2d(kernel, [2, 2]);
  model.bias!.value = tf.tensor1d(bias);
  const kept = tf.tensor2d([[1, 2]]);
  await useBackend("webgpu");
  await lose();
  await useBackend("webgpu");
  expect([...(await apply(model, kept).data())]).toEqual(before);
  model.dispose();
  apply.dispose();
});

test("values that were read before the loss are still known", async () => {
  const weights = new Param(tf.tensor1d([1, 2]));
  const step = jit(double);
  step(weights);
  await weights.value.data();
  await lose();
  await useBackend("webgpu");
  step(weights);
  expect([...(await weights.value.data())]).toEqual([4, 8]);
  weights.dispose();
  step.dispose();
});
