import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import { loadWithBackend, useBackend } from "../../src/index.ts";

const deviceOf = (): GPUDevice => (tf.backend() as unknown as { device: GPUDevice }).device;

afterEach(async () => {
  await useBackend("webgpu");
});

test("useBackend gives a new device where the one before was lost", async () => {
  const lost = deviceOf();
  const before = tf.tensor1d([1, 2]);
  lost.destroy();
  await lost.lost;
  expect(await useBackend("webgpu")).toEqual({ backend: "webgpu", failures: {} });
  expect(deviceOf()).not.toBe(lost);
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.square(x);
  expect([...(await y.data())]).toEqual([1, 4, 9]);
  tf.dispose([before, x, y]);
});

test("useBackend keeps a device that works", async () => {
  const device = deviceOf();
  await useBackend("webgpu");
  expect(deviceOf()).toBe(device);
});

test("useBackend waits for what a package loads with a backend", async () => {
  const loaded: string[] = [];
  let answer = async () => {
    await Promise.resolve();
    loaded.push("part");
  };
  await useBackend("cpu");
  loadWithBackend("webgpu", () => answer());
  expect(loaded).toEqual([]);
  await useBackend("webgpu");
  expect(loaded).toContain("part");
  answer = () => Promise.reject(new Error("404"));
  const failing = useBackend("webgpu");
  await expect(failing).rejects.toThrow("what a package loads for the backend webgpu does not come: 404");
  answer = () => Promise.resolve();
});
