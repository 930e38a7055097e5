import { Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";
import { jit } from "../../../src/index.ts";
import { gpuMemory } from "../../../src/webgpu.ts";
import { webgpuDevice } from "./run-tasks.ts";

test("Variables are updated where they are, and seen where they are read and written", async () => {
  const weights = new Variable(tf.tensor1d([1, 2, 3]));
  const step = jit(
    (weights: Variable, gradient: tf.Tensor) => {
      weights.value = tf.sub(weights.value, tf.mul(gradient, 0.5));
      return tf.mul(weights.value, 10);
    },
    { target: "webgpu" },
  );
  const gradient = tf.tensor1d([2, 4, 6]);
  const first = step(weights, gradient);
  expect([...(await first.data())]).toEqual([0, 0, 0]);
  const second = step(weights, gradient);
  expect([...(await second.data())]).toEqual([-10, -20, -30]);
  expect([...(await weights.value.data())]).toEqual([-1, -2, -3]);
  weights.value = tf.tensor1d([5, 5, 5]);
  const third = step(weights, gradient);
  expect([...(await third.data())]).toEqual([40, 30, 20]);
  expect(gpuMemory().bytesUsed).toBeGreaterThan(0);
  expect(step.lower(weights, gradient)).toContain("1 launch,");
  tf.dispose([gradient, first, second, third]);
  weights.dispose();
  step.dispose();
});

test("scalars that are computed from new scalars", async () => {
  const [count, sum] = [new Variable(tf.scalar(1)), new Variable(tf.scalar(10))];
  const step = jit(
    (count: Variable, sum: Variable) => {
      count.value = tf.add(count.value, 1);
      sum.value = tf.add(sum.value, count.value);
      return tf.mul(sum.value, 2);
    },
    { target: "webgpu" },
  );
  const results = [step(count, sum), step(count, sum)];
  expect([...(await results[0]!.data())]).toEqual([24]);
  expect([...(await results[1]!.data())]).toEqual([30]);
  expect([...(await sum.value.data())]).toEqual([15]);
  tf.dispose(results);
  count.dispose();
  sum.dispose();
  step.dispose();
});

test("a profile tells the time of each launch, and makes one call", async () => {
  const count = new Variable(tf.scalar(0));
  const step = jit((count: Variable, x: tf.Tensor) => {
    count.value = tf.add(count.value, 1);
    return tf.sum(tf.cumsum(x));
  });
  const x = tf.ones([1000]);
  step(count, x).dispose();
  const { result, target, host, total, launches } = await step.profile(count, x);
  expect(target).toBe("webgpu");
  expect([...(await result.data())]).toEqual([500_500]);
  expect(total).toBeGreaterThanOrEqual(host);
  expect(launches.length).toBeGreaterThan(1);
  const hasClock = webgpuDevice().features.has("timestamp-query");
  for (const { label, milliseconds, bytes } of launches) {
    expect(label).not.toBe("");
    expect(bytes).toBeGreaterThan(0);
    expect(milliseconds === undefined ? hasClock : milliseconds < 0).toBe(false);
  }
  // The next call is like any other.
  step(count, x).dispose();
  expect([...(await count.value.data())]).toEqual([3]);
  tf.dispose([x, result]);
  count.dispose();
  step.dispose();
});

test("profiles at the same time are taken one after the other, and one that fails leaves nothing behind", async () => {
  const double = jit((x: tf.Tensor) => tf.mul(x, 2));
  const [x, gone] = [tf.ones([3]), tf.ones([3])];
  double(x).dispose();
  gone.dispose();
  const all = await Promise.allSettled([double.profile(x), double.profile(gone), double.profile(x)]);
  expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  const hasClock = webgpuDevice().features.has("timestamp-query");
  for (const each of all) {
    if (each.status === "rejected") continue;
    expect(each.value.launches[0]!.milliseconds !== undefined).toBe(hasClock);
    each.value.result.dispose();
  }
  const passes = vi.spyOn(GPUCommandEncoder.prototype, "beginComputePass");
  await double.profile(gone).catch(() => {});
  double(x).dispose();
  expect(passes.mock.calls).toEqual([[]]);
  passes.mockRestore();
  x.dispose();
  double.dispose();
});

test("other targets tell the time of a call as a whole", async () => {
  const square = jit((x: tf.Tensor) => tf.square(x), { target: "kernels" });
  const x = tf.tensor1d([2, 3]);
  const { result, target, launches } = await square.profile(x);
  expect([...(await result.data())]).toEqual([4, 9]);
  expect({ target, launches }).toEqual({ target: "kernels", launches: [] });
  tf.dispose([x, result]);
  square.dispose();
});
