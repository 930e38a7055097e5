import { Linear, Param, Rngs, valueAndGrad, Variable } from "@nnx-js/nn";
import { adam, Optimizer } from "@nnx-js/optim";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { jit, JitMemoryError } from "../../../src/index.ts";
import { gpuMemory } from "../../../src/webgpu.ts";
import { webgpuDevice } from "./run-tasks.ts";

afterEach(async () => {
  await useBackend("webgpu");
});

/** How many buffers `run` makes on the device. */
function buffersMade(run: () => void): number {
  const device = webgpuDevice();
  const spy = vi.spyOn(device, "createBuffer");
  try {
    run();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

/** What TensorFlow.js counts, the bytes of its buffers on the GPU included, and what compiled functions take. */
function memory() {
  return { ...(tf.memory() as tf.MemoryInfo & { numBytesInGPU: number }), ...gpuMemory() };
}

test("steps make no buffers, and leave nothing behind", async () => {
  const rngs = new Rngs(0);
  const model = new Linear(4, 3, { rngs });
  const optimizer = new Optimizer(model, adam(1e-2), { wrt: Param });
  const step = jit((model: Linear, optimizer: Optimizer<Linear>, x: tf.Tensor) => {
    const [loss, gradients] = valueAndGrad((model: Linear) => tf.mean(tf.square(model.forward(x))))(model);
    optimizer.update(model, gradients);
    return loss;
  });
  const x = rngs.normal([8, 4]);
  const run = (steps: number) => {
    for (let i = 0; i < steps; i++) step(model, optimizer, x).dispose();
  };
  run(3);
  await model.kernel.value.data();
  const before = memory();
  expect(buffersMade(() => run(300))).toBe(0);
  await model.kernel.value.data();
  const { numTensors, numBytesInGPU, bytesUsed, bytesReserved } = memory();
  // The value that was read, as a tensor.
  expect(numTensors).toBeLessThanOrEqual(before.numTensors + 1);
  expect({ bytesUsed, bytesReserved }).toEqual({
    bytesUsed: before.bytesUsed,
    bytesReserved: before.bytesReserved,
  });
  expect(numBytesInGPU).toBeLessThanOrEqual(before.numBytesInGPU + 2 ** 12);
  step.dispose();
  for (const part of [model, optimizer, rngs, x]) part.dispose();
});

test("what programs and Variables take is given back with them", async () => {
  const before = gpuMemory().bytesUsed;
  const weights = new Variable(tf.zeros([1000]));
  const step = jit((weights: Variable) => {
    weights.value = tf.add(tf.cumsum(weights.value), 1);
  });
  step(weights);
  expect(gpuMemory().bytesUsed).toBeGreaterThanOrEqual(before + 4000);
  step.dispose();
  weights.dispose();
  expect(gpuMemory().bytesUsed).toBe(before);
});

test("the heap grows, and all that is in it stays", async () => {
  const kept = new Variable(tf.range(0, 1000));
  const next = jit((kept: Variable) => {
    kept.value = tf.add(kept.value, 1);
  });
  next(kept);
  const { bytesReserved } = gpuMemory();
  const large = new Variable(tf.zeros([bytesReserved / 4]));
  const fill = jit((large: Variable) => {
    large.value = tf.sub(large.value, 1);
  });
  fill(large);
  expect(gpuMemory().bytesReserved).toBeGreaterThan(bytesReserved);
  next(kept);
  const values = await kept.value.data();
  expect([values[0], values[999]]).toEqual([2, 1001]);
  const filled = await large.value.data();
  expect(filled.every((value) => value === -1)).toBe(true);
  for (const part of [kept, large, next, fill]) part.dispose();
});

test("a place for more than the device can bind is an error that names the limit, before anything is done", () => {
  const most = webgpuDevice().limits.maxStorageBufferBindingSize;
  const fill = jit((x: tf.Tensor1D) => tf.tile(x, [Math.floor(most / 4) + 1024]));
  const x = tf.tensor1d([1]);
  expect(() => fill(x)).toThrow(JitMemoryError);
  expect(() => fill(x)).toThrow(/it may grow to max\w+Size of the GPU, \d+ bytes, and no further/);
  x.dispose();
  fill.dispose();
});

test("another backend may become active, and values are read where they are", async () => {
  const weights = new Variable(tf.tensor1d([1, 2]));
  const step = jit((weights: Variable) => {
    weights.value = tf.mul(weights.value, 3);
  });
  step(weights);
  await useBackend("cpu");
  // On webgpu, where it was made.
  expect([...(await weights.value.data())]).toEqual([3, 6]);
  // What has been read once, other backends can have.
  step(weights);
  expect([...weights.value.dataSync()]).toEqual([9, 18]);
  await useBackend("webgpu");
  step(weights);
  expect([...(await weights.value.data())]).toEqual([27, 54]);
  weights.dispose();
  step.dispose();
});
