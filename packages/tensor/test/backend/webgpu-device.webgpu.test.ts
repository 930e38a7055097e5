/** @file The device of the webgpu backend has what compiled functions can use; somebody else's backend stays theirs. */
import { useBackend } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";

interface OnDevice extends tf.KernelBackend {
  readonly device: GPUDevice;
  readonly adapterInfo: { readonly vendor: string };
}

const { gpu } = navigator;

async function adapterOf(): Promise<GPUAdapter> {
  return (await gpu.requestAdapter({ powerPreference: "high-performance" }))!;
}

/** Has the backend be made anew. */
async function again(): Promise<OnDevice> {
  const { device } = tf.findBackend("webgpu") as OnDevice;
  device.destroy();
  await device.lost;
  await useBackend("webgpu");
  return tf.backend() as OnDevice;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await useBackend("webgpu");
});

test("it has the features of the adapter that are of use, and its limits", async () => {
  const adapter = await adapterOf();
  const { device, adapterInfo } = await again();
  for (const feature of ["timestamp-query", "bgra8unorm-storage", "subgroups", "shader-f16"] as const) {
    expect([feature, device.features.has(feature)]).toEqual([feature, adapter.features.has(feature)]);
  }
  // What the adapter that the tests run on has, whatever others lack.
  expect(device.features.has("subgroups")).toBe(true);
  expect(device.limits.maxStorageBufferBindingSize).toBe(adapter.limits.maxStorageBufferBindingSize);
  expect(device.limits.maxComputeWorkgroupStorageSize).toBe(adapter.limits.maxComputeWorkgroupStorageSize);
  expect(adapterInfo.vendor).toBe(adapter.info.vendor);
});

test("where a driver refuses features that its adapter promises, TensorFlow.js's are asked for", async () => {
  const asked: string[][] = [];
  const ask = gpu.requestAdapter.bind(gpu);
  vi.spyOn(gpu, "requestAdapter").mockImplementation(async (options) => {
    const adapter = (await ask(options))!;
    const request = adapter.requestDevice.bind(adapter);
    vi.spyOn(adapter, "requestDevice").mockImplementation((descriptor) => {
      const features = [...(descriptor?.requiredFeatures ?? [])];
      asked.push(features);
      return features.includes("subgroups") ? Promise.reject(new Error("no")) : request(descriptor);
    });
    return adapter;
  });
  const { device } = await again();
  expect(asked.map((features) => features.includes("subgroups"))).toEqual([true, false]);
  expect(device.features.has("timestamp-query")).toBe(true);
  const x = tf.square(tf.tensor1d([3]));
  expect([...(await x.data())]).toEqual([9]);
  x.dispose();
  vi.restoreAllMocks();
  await again();
});

test("a way to make the backend that somebody has registered stays", async () => {
  const { registryFactory } = tf.engine();
  const entry = registryFactory["webgpu"]!;
  const own = vi.fn<typeof entry.factory>(entry.factory);
  registryFactory["webgpu"] = { ...entry, factory: own };
  try {
    await again();
    expect(own).toHaveBeenCalledOnce();
  } finally {
    registryFactory["webgpu"] = entry;
  }
  await again();
  expect(own).toHaveBeenCalledOnce();
});
