/** @file What a GPU has no memory for is an error, sooner or later, and nothing is half done. */
import { Variable } from "@nnx-js/nn";
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { DeviceMemoryError, jit } from "../../../src/index.ts";
import { gpuMemory } from "../../../src/webgpu.ts";
import { webgpuDevice } from "./run-tasks.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await useBackend("webgpu");
});

/** As a device of which no new buffer can be used, and which says so later. */
function refuseLargeBuffers(): void {
  const device = webgpuDevice();
  const make = device.createBuffer.bind(device);
  vi.spyOn(device, "createBuffer").mockImplementation((descriptor) => {
    const buffer = make(descriptor);
    if (descriptor.label === "nnx-js heap") buffer.destroy();
    return buffer;
  });
}

async function settled(): Promise<void> {
  await webgpuDevice().queue.onSubmittedWorkDone();
  await new Promise((resolve) => setTimeout(resolve, 20));
}

test("a result without a buffer leaves Variables as they were", async () => {
  const weights = new Variable(tf.tensor1d([1, 2]));
  const step = jit((weights: Variable) => {
    weights.value = tf.add(weights.value, 1);
    return tf.mul(weights.value, 2);
  });
  step(weights).dispose();
  const kept = step(weights);
  const before = tf.memory().numTensors;
  // All that are free are in use, so that the next one has to be made.
  const device = webgpuDevice();
  const spy = vi.spyOn(device, "createBuffer").mockImplementation(() => {
    throw new RangeError("too large");
  });
  const results: tf.Tensor[] = [];
  expect(() => {
    for (let i = 0; i < 10_000; i++) results.push(step(weights));
  }).toThrow("too large");
  spy.mockRestore();
  expect(tf.memory().numTensors).toBe(before + results.length);
  const steps = 2 + results.length;
  expect([...(await weights.value.data())]).toEqual([1 + steps, 2 + steps]);
  step(weights).dispose();
  expect([...(await weights.value.data())]).toEqual([2 + steps, 3 + steps]);
  for (const part of [weights, kept, step, ...results]) part.dispose();
});

test("a memory that cannot grow is an error of the next call, and all is as it was before", async () => {
  const weights = new Variable(tf.tensor1d([1, 2]));
  const next = jit((weights: Variable) => {
    weights.value = tf.mul(weights.value, 2);
  });
  const pair = jit((a: Variable, b: Variable) => {
    a.value = tf.add(a.value, 1);
    b.value = tf.add(b.value, tf.sum(a.value));
  });
  next(weights);
  const { bytesReserved, bytesUsed } = gpuMemory();
  const [large, other] = [
    new Variable(tf.mul(tf.ones([bytesReserved / 4]), 3)),
    new Variable(tf.tensor1d([5, 6])),
  ];
  const programs = [next, pair];
  refuseLargeBuffers();
  // It is not known yet: these calls do nothing.
  pair(large, other);
  next(weights);
  pair(other, weights);
  expect(gpuMemory().bytesReserved).toBeGreaterThan(bytesReserved);
  await settled();
  expect(gpuMemory().bytesReserved).toBe(bytesReserved);
  expect(gpuMemory().bytesUsed).toBeLessThanOrEqual(bytesUsed);
  expect(() => next(weights)).toThrow(DeviceMemoryError);
  expect([...(await weights.value.data())]).toEqual([2, 4]);
  expect([...(await other.value.data())]).toEqual([5, 6]);
  expect((await large.value.data()).every((value) => value === 3)).toBe(true);
  // Others still run, and with memory all do.
  next(weights);
  expect([...(await weights.value.data())]).toEqual([4, 8]);
  vi.restoreAllMocks();
  pair(large, other);
  await settled();
  next(weights);
  expect([...(await weights.value.data())]).toEqual([8, 16]);
  const sum = 4 * (bytesReserved / 4);
  expect([...(await other.value.data())]).toEqual([Math.fround(5 + sum), Math.fround(6 + sum)]);
  expect((await large.value.data()).every((value) => value === 4)).toBe(true);
  for (const part of [weights, large, other, ...programs]) part.dispose();
});

test("a buffer that TensorFlow.js did not get is an error of the next call", async () => {
  const weights = new Variable(tf.tensor1d([1, 2]));
  const step = jit((weights: Variable) => {
    weights.value = tf.mul(weights.value, 2);
  });
  step(weights);
  const event = new Event("uncapturederror") as Event & { error: GPUError };
  event.error = new GPUOutOfMemoryError("full");
  webgpuDevice().dispatchEvent(event);
  expect(() => step(weights)).toThrow(/jit\(\w+\): expected a GPU with memory .* too little: full\./);
  step(weights);
  expect([...(await weights.value.data())]).toEqual([4, 8]);
  for (const part of [weights, step]) part.dispose();
});
